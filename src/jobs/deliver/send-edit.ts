import type { ChatTransport } from '../../bots/transport.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { callSignal, type Courier, picturesSignal, type Step } from './courier.ts'
import { asDeliveryError, backoffMs } from './outcome.ts'
import type { Delivery } from './queue-of-channel.ts'
import { addressOf, refOf } from './send-post.ts'

const TRIES = 8

/**
 * Brings a posted message up to its newest version, and to its pictures where it was posted before they were there.
 * Doing that twice is harmless, so nothing is reconciled.
 */
export async function sendEdit(
  courier: Courier,
  transport: ChatTransport,
  channel: ChannelRow,
  delivery: Delivery,
): Promise<Step> {
  const { ctx } = courier
  const changed = delivery.sent_version < delivery.version
  const nothing = async (): Promise<Step> => {
    await close(courier, delivery, delivery.sent_version, delivery.edits)
    return { next: true }
  }
  if (delivery.external_id === null || !(changed || delivery.pictures_due)) return await nothing()
  const to = addressOf(channel, delivery)
  const shown = await transport.prepare?.(to, delivery.message, picturesSignal(courier))
  if (!changed && shown === false && !courier.stopping.aborted) return await nothing()
  if (courier.stopping.aborted || !(await begin(courier, delivery))) return { next: true }
  try {
    const signal = callSignal(courier)
    await transport.edit(to, delivery.external_id, delivery.message, refOf(delivery), signal)
    ctx.checkpoint('edit.answered')
    await close(courier, delivery, delivery.version, delivery.edits + 1)
    return { next: true }
  } catch (error) {
    return await editFailed(courier, channel, delivery, error)
  }
}

/** Marks which version is on its way. @returns false when the message has changed since it was read */
async function begin({ ctx }: Courier, { id, version }: Delivery): Promise<boolean> {
  const row = await ctx.db
    .updateTable('deliveries')
    .set({ edit_version: version })
    .where('id', '=', id)
    .where('version', '=', version)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Ends the edit, unless the message changed again while it was on its way. */
async function close(courier: Courier, delivery: Delivery, version: number, edits: number): Promise<void> {
  await courier.ctx.db
    .updateTable('deliveries')
    .set((eb) => ({
      sent_version: version,
      edits,
      attempts: 0,
      pictures_due: false,
      edit_due_at: eb.case().when('version', '>', version).then(eb.ref('edit_due_at')).else(null).end(),
    }))
    .where('id', '=', delivery.id)
    .execute()
}

async function editFailed(
  courier: Courier,
  channel: ChannelRow,
  delivery: Delivery,
  error: unknown,
): Promise<Step> {
  const { ctx } = courier
  const { kind, reason, retryAfterMs } = asDeliveryError(error)
  const attempts = delivery.attempts + 1
  ctx.log.warn({ delivery: delivery.id, channel: channel.id, kind, reason }, 'not edited')
  const now = ctx.clock.now().getTime()
  const hopeless = kind === 'gone' || kind === 'refused' || kind === 'malformed' || attempts >= TRIES
  if (kind === 'rate_limited') {
    const until = new Date(now + (retryAfterMs ?? backoffMs(attempts)))
    await ctx.db.updateTable('channels').set({ next_post_at: until }).where('id', '=', channel.id).execute()
    return { next: false, wakeAt: until }
  }
  await ctx.db
    .updateTable('deliveries')
    .set({
      attempts: hopeless ? 0 : attempts,
      last_error: reason,
      edit_due_at: hopeless ? null : new Date(now + backoffMs(attempts)),
    })
    .where('id', '=', delivery.id)
    .execute()
  return { next: true }
}
