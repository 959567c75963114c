import { errorWords } from '../../error-words.ts'
import type { App, ViewSubmitAction } from '@slack/bolt'
import { seeEvent, wasSeen } from '../../../domain/channels/see-event.ts'
import { AppError, messageOf } from '../../../errors.ts'
import type { Asker } from '../../commands/command.ts'
import type { Reply } from '../../dispatch.ts'
import { submitForm } from '../../forms.ts'
import { type Answerer, directly, ephemeral, firstOf, throughResponseUrl } from '../answer.ts'
import { askerOf } from '../asker.ts'
import type { Bot } from '../bot.ts'
import { FORM } from '../callback-ids.ts'
import { type FormOrigin, originOf, valuesOf } from '../form-view.ts'

/** Slack waits three seconds; the result of longer work is posted afterwards instead of shown in the form. */
const ANSWER_TIMEOUT_MS = 2_000
const BROKEN = 'That did not work: the tracker has a problem of its own. Please try again in a minute.'

/** Forms that were filled in. A note is stored before its form closes, so that none is lost in between. */
export function onViews(app: App, bot: Bot): void {
  const underWay = new Map<string, Promise<Outcome>>()
  app.view({ callback_id: FORM, type: 'view_submission' }, async ({ ack, body }) => {
    const origin = originOf(body.view.private_metadata)
    const { id } = body.view
    const work = underWay.get(id) ?? submitted(bot, body as ViewSubmitAction, origin)
    underWay.set(id, work)
    void work.finally(() => underWay.delete(id))
    const outcome = await Promise.race([work, patience()])
    const errors = outcome?.errors
    await (errors === undefined ? ack() : ack({ response_action: 'errors', errors }))
    // Once the form is closed, its result is posted where it was opened.
    await tell(await work, answererOf(bot, body as ViewSubmitAction, origin), errors !== undefined)
  })
  app.view({ callback_id: /.*/, type: 'view_closed' }, async ({ ack }) => await ack())
}

interface Outcome {
  reply?: Reply
  /** By field. */
  errors?: Record<string, string>
}

/** Stores the form once; a form that Slack sends again, because it did not hear us, is stored already. */
async function submitted(bot: Bot, body: ViewSubmitAction, origin: FormOrigin): Promise<Outcome> {
  const { ctx } = bot
  const { view } = body
  const key = `view ${view.id}`
  const values = valuesOf(view.state.values)
  try {
    if (await wasSeen(ctx, 'slack', key)) return {}
    const reply = await submitForm(ctx, submitter(bot, body, origin), origin.form, values)
    await seeEvent(ctx, 'slack', key)
    return { reply }
  } catch (error) {
    return { errors: errorsOf(bot, error, Object.keys(values)) }
  }
}

/** What is wrong stands at its field, or at the last one. */
function errorsOf({ ctx }: Bot, error: unknown, fields: string[]): Record<string, string> {
  const last = fields.at(-1) ?? 'text'
  if (!(error instanceof AppError)) {
    ctx.log.error({ error: messageOf(error) }, 'Slack: a form was not stored')
    return { [last]: BROKEN }
  }
  const field = fields.find((name) => name === error.details.field) ?? last
  return { [field]: errorWords(error) }
}

async function tell({ reply, errors }: Outcome, answer: Answerer, shownInForm: boolean): Promise<void> {
  if (reply !== undefined) await answer.message(reply.message, `a:${reply.answerId}`)
  else if (errors !== undefined && !shownInForm) await answer.notice(Object.values(errors).join(' '))
}

function submitter(bot: Bot, body: ViewSubmitAction, { channel, channelName }: FormOrigin): Asker {
  const { user } = body
  return askerOf(bot, { team: teamOf(body), user: user.id, name: user.name ?? user.id, channel, channelName })
}

function teamOf({ team, user }: ViewSubmitAction): string {
  return team?.id ?? user.team_id ?? ''
}

/** Where the form was opened; where that is not possible any more, in the conversation with the bot. */
function answererOf(
  { client, transport }: Bot,
  body: ViewSubmitAction,
  { channel, responseUrl }: FormOrigin,
): Answerer {
  const user = body.user.id
  const direct = directly(client, async () => (await transport.direct(teamOf(body), user)).channel)
  if (responseUrl === undefined)
    return channel.startsWith('D') ? direct : firstOf(ephemeral(client, channel, user), direct)
  return firstOf(throughResponseUrl(responseUrl), ephemeral(client, channel, user), direct)
}

function patience(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ANSWER_TIMEOUT_MS).unref())
}
