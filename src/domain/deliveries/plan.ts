import type { Kysely, Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { cut, FALLBACK_LIMIT } from '../../messages/build.ts'
import type { Block, Message } from '../../messages/model.ts'
import { transition } from './store.ts'

export interface Plan {
  channelId: number
  /** The rule or feature that plans the message: 'best', 'failed', 'schedule:7', 'share'. */
  rule: string
  /** The message's subject: 'run:<id>', a slot, an answer. */
  subject: string
  state: string
  projectId?: number
  message: Message
}

/**
 * Plans one message to one channel, and its thread, when it has one, as a reply. A message with the same rule,
 * subject, state and channel is planned only once.
 * @returns the delivery's id, or undefined when the message was planned before
 */
export async function planDelivery(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  plan: Plan,
): Promise<number | undefined> {
  const { thread, ...message } = plan.message
  const id = await insertDelivery(trx, ctx, plan, message, null)
  if (id === undefined || thread === undefined) return id
  const reply: Message = {
    ...message,
    kind: `${message.kind}-details`,
    urgent: false,
    tone: 'neutral',
    fallback: firstLine(thread) ?? message.fallback,
    blocks: thread,
  }
  await insertDelivery(trx, ctx, { ...plan, rule: `${plan.rule}.thread` }, reply, id)
  return id
}

function firstLine([first]: Block[]): string | undefined {
  return first?.type === 'text' ? cut(first.text.map(({ text }) => text).join(''), FALLBACK_LIMIT) : undefined
}

async function insertDelivery(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  plan: Plan,
  message: Message,
  parentId: number | null,
): Promise<number | undefined> {
  const now = ctx.clock.now()
  const row = await trx
    .insertInto('deliveries')
    .values({
      channel_id: plan.channelId,
      rule: plan.rule,
      subject: plan.subject,
      state: plan.state,
      project_id: plan.projectId ?? null,
      message: JSON.stringify(message),
      parent_id: parentId,
      due_at: now,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['rule', 'subject', 'state', 'channel_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/**
 * Replaces the content of a planned or posted message. A message that was posted is edited at `editAt`, or earlier
 * when an edit of it is already due before that.
 */
export async function reviseDelivery(
  trx: Kysely<Database>,
  id: number,
  message: Message,
  editAt: Date,
): Promise<void> {
  await transition(trx, 'revise', id)
    .set((eb) => ({
      message: JSON.stringify(message),
      version: eb('version', '+', 1),
      // An edit that is being sent does not contain this change, so its due time does not count.
      edit_due_at: eb
        .case()
        .when('edit_version', '=', eb.ref('version'))
        .then(eb.val(editAt))
        .else(eb.fn<Date>('least', ['edit_due_at', eb.val(editAt)]))
        .end(),
    }))
    .execute()
}
