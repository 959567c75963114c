import { errorWords } from '../error-words.ts'
import { messageOf, AppError } from '../../errors.ts'
import type { Form } from '../../messages/model.ts'
import type { Asker } from '../commands/command.ts'
import { formView } from '../forms.ts'
import type { Bot } from './bot.ts'
import { modalOf } from './form-view.ts'

const LATE = 'Slack did not wait for the form: click once more.'
const NO_FORM = 'Slack did not open the form.'

/**
 * Opens the modal of a form. Slack takes it within three seconds of the click.
 * @returns the reply to the person who clicked when there is no form
 */
export async function openForm(
  { ctx, client }: Pick<Bot, 'ctx' | 'client'>,
  asker: Asker,
  triggerId: string,
  { form, responseUrl }: { form: Form; responseUrl?: string | undefined },
): Promise<string | undefined> {
  try {
    const view = await formView(ctx, asker, form)
    const { channel, channelName } = asker
    await client.views.open({
      trigger_id: triggerId,
      view: modalOf(view, { form, channel, channelName, responseUrl }),
    })
    return undefined
  } catch (error) {
    if (error instanceof AppError) return errorWords(error)
    const reason = messageOf(error)
    ctx.log.warn({ error: reason }, 'Slack: no form')
    return /expired_trigger_id|exchanged_trigger_id/.test(reason) ? LATE : NO_FORM
  }
}
