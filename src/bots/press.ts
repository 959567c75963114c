import { errorWords } from './error-words.ts'
import { requireAdmin } from '../domain/people/admins.ts'
import { eventWords } from '../domain/alerts/words.ts'
import { claimShare, readAnswer } from '../domain/answers/keep-answer.ts'
import { ensureChannel } from '../domain/channels/ensure-channel.ts'
import { permalinkOfDelivery, readDeliveryMessage } from '../domain/deliveries/delivery-message.ts'
import { muteRule } from '../domain/channels/mute-rule.ts'
import { planDelivery } from '../domain/deliveries/plan.ts'
import { defineMetric } from '../domain/records/define-metric.ts'
import { findProject } from '../domain/projects/resolve-project.ts'
import type { Ctx } from '../context.ts'
import { transaction } from '../db/transaction.ts'
import { AppError } from '../errors.ts'
import { emit } from '../events.ts'
import type { Action, Button, Form, Message, MessageRef } from '../messages/model.ts'
import type { Asker } from './commands/command.ts'
import { SET_GOAL } from './commands/goal.ts'
import { actorOf, channelKeyOf, claimantOf } from './commands/parts.ts'
import { dispatch, type Reply, requireChange } from './dispatch.ts'
import { asShared } from './error-message.ts'

/** What a click leads to: an answer of its own, one line, or a form. All are seen by the one who clicked alone. */
export type Pressed =
  | { kind: 'reply'; reply: Reply }
  | { kind: 'notice'; text: string }
  | { kind: 'form'; form: Form }

const EXPIRED = 'This answer is more than a day old: run it again.'
const FORGOTTEN = 'This message is not kept any more: ask again with /exp.'

/** Does what a button of a message says, for the one who clicked it. */
export async function press(ctx: Ctx, asker: Asker, ref: MessageRef, buttonId: string): Promise<Pressed> {
  const message = await readMessage(ctx, asker, ref)
  if (message === undefined) return notice(ref.startsWith('a:') ? EXPIRED : FORGOTTEN)
  const button = buttonOf(message, buttonId)
  if (button === undefined) return notice('This button no longer works, because the message was updated.')
  try {
    return await act(ctx, asker, ref, message, button.action)
  } catch (error) {
    if (error instanceof AppError) return notice(errorWords(error))
    throw error
  }
}

/**
 * The form that a button asks for, without doing anything: for platforms that have to know before they acknowledge.
 * @returns undefined for a button that does something else, or is gone
 */
export async function formOf(
  ctx: Ctx,
  asker: Asker,
  ref: MessageRef,
  buttonId: string,
): Promise<Form | undefined> {
  const message = await readMessage(ctx, asker, ref)
  const action = message === undefined ? undefined : buttonOf(message, buttonId)?.action
  return action?.do === 'form' ? await formAt(ctx, ref, action.form) : undefined
}

/** A note that is written from a message in a channel leads back to it. */
async function formAt(ctx: Ctx, ref: MessageRef, form: Form): Promise<Form> {
  if (form.note !== undefined || ref.startsWith('a:')) return form
  const permalink = await permalinkOfDelivery(ctx, ref.slice(2))
  return permalink === undefined ? form : { ...form, permalink }
}

function buttonOf({ blocks }: Message, buttonId: string): Button | undefined {
  return blocks
    .flatMap((block) => (block.type === 'buttons' ? block.buttons : []))
    .find(({ id }) => id === buttonId)
}

async function readMessage(ctx: Ctx, asker: Asker, ref: MessageRef): Promise<Message | undefined> {
  const id = ref.slice(2)
  if (ref.startsWith('a:')) return (await readAnswer(ctx, id, asker))?.message
  return await readDeliveryMessage(ctx, id, asker.projectId)
}

async function act(
  ctx: Ctx,
  asker: Asker,
  ref: MessageRef,
  message: Message,
  action: Action,
): Promise<Pressed> {
  if (action.do !== 'ask' && action.do !== 'open') requireChange(asker)
  switch (action.do) {
    case 'ask':
      return { kind: 'reply', reply: await dispatch(ctx, asker, action.line) }
    case 'goal': {
      await requireAdmin(ctx, claimantOf(asker), SET_GOAL)
      await findProject(
        ctx,
        action.project,
        asker.projectId === undefined ? {} : { projectId: asker.projectId },
      )
      const { project, metric, direction } = action
      await transaction(ctx.db, (trx) =>
        defineMetric(trx, ctx, actorOf(asker), { project, metric, direction }),
      )
      return { kind: 'reply', reply: await dispatch(ctx, asker, action.then) }
    }
    case 'share':
      return await share(ctx, asker, ref, message)
    case 'mute': {
      await muteRule(ctx, actorOf(asker), channelKeyOf(asker), action)
      return notice(
        `Muted for 24 h in this channel: ${eventWords([action.rule]) || action.rule} of ${action.project}. /exp watch ${action.project} ends it earlier.`,
      )
    }
    case 'form':
      return { kind: 'form', form: await formAt(ctx, ref, action.form) }
    case 'open':
      return notice(action.url)
    default:
      return action satisfies never
  }
}

/** Posts the answer to the channel, once, through the same delivery as every other message. */
async function share(ctx: Ctx, asker: Asker, ref: MessageRef, message: Message): Promise<Pressed> {
  const membership = await asker.membership()
  if (!membership.canPost) return notice(`${membership.reason} ${membership.fix}`)
  const id = ref.slice(2)
  const first = await transaction(ctx.db, async (trx) => {
    if (!(await claimShare(trx, ctx, id))) return false
    const channel = await ensureChannel(trx, ctx, channelKeyOf(asker))
    await planDelivery(trx, ctx, {
      channelId: channel.id,
      rule: 'share',
      subject: `answer:${id}`,
      state: 'shared',
      message: asShared(message, asker.name),
    })
    await emit(trx, ctx, 'channel.due', { channelId: channel.id })
    return true
  })
  return notice(first ? 'Shared with this channel.' : 'It is shared already.')
}

/** One line, also where a platform shows no form. */
export function noticeOf(pressed: Exclude<Pressed, { kind: 'reply' }>): string {
  if (pressed.kind === 'notice') return pressed.text
  return `Type /exp note ${pressed.form.run ?? '<run>'} and your note.`
}

function notice(text: string): Pressed {
  return { kind: 'notice', text }
}
