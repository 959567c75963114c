import type { App, MessageShortcut } from '@slack/bolt'
import type { Form } from '../../../messages/model.ts'
import { noticeOf } from '../../press.ts'
import { runsOfMessage } from '../../thread-events.ts'
import { throughResponseUrl } from '../answer.ts'
import { askerOf } from '../asker.ts'
import type { Bot } from '../bot.ts'
import { ANNOTATE_RUN } from '../callback-ids.ts'
import { openForm } from '../open-form.ts'
import { permalinkOf } from '../permalink.ts'
import { readMessageText } from '../text.ts'
import { once } from './once.ts'

/** What a modal takes as text. */
const TEXT = 3_000

/** "Annotate run" in the menu of any message: about its run when it is one of ours, else a form that asks which. */
export function onShortcuts(app: App, bot: Bot): void {
  app.shortcut(/.*/, async ({ ack, body }) => {
    await ack()
    if (body.type !== 'message_action' || body.callback_id !== ANNOTATE_RUN) return
    const { response_url: responseUrl, trigger_id } = body
    const answer = throughResponseUrl(responseUrl)
    await once(bot, trigger_id, answer, async () => {
      const asker = askerOf(bot, {
        team: body.team?.id ?? '',
        user: body.user.id,
        name: body.user.name,
        channel: body.channel.id,
        channelName: body.channel.name,
      })
      const form = await formOf(bot, body)
      const failed = await openForm(bot, asker, trigger_id, { form, responseUrl })
      if (failed !== undefined) await answer.notice(`${failed} ${noticeOf({ kind: 'form', form })}`)
    })
  })
}

async function formOf({ ctx, people, whoWeAre }: Bot, body: MessageShortcut): Promise<Form> {
  const { id: channel } = body.channel
  const { ts: message } = body.message
  const identity = await whoWeAre()
  const permalink = permalinkOf(identity, channel, message)
  const link = permalink === undefined ? {} : { permalink }
  const place = { platform: 'slack', workspace: body.team?.id ?? '', channel, message } as const
  const of = await runsOfMessage(ctx, place)
  if (of?.runIds[0] !== undefined) return { run: of.runIds[0], ...link }
  // What our own messages say is known already.
  const ours = body.message['bot_id'] !== undefined && body.message['bot_id'] === identity?.botId
  const text = ours ? '' : await readMessageText(body.message.text ?? '', people.nameOf)
  return { text: text.slice(0, TEXT), ...link }
}
