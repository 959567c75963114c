import type { Address, ChatTransport, DeliveryError, Posted } from '../../bots/transport.ts'
import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import type { MessageRef } from '../../messages/model.ts'
import { awaitPictures, callSignal, type Courier, type Step } from './courier.ts'
import { asDeliveryError, backoffMs } from './outcome.ts'
import type { Delivery } from './queue-of-channel.ts'
import { pauseRoute, REFUSALS_TO_PAUSE } from './pause-route.ts'

/** Posts, or finds out what became of a post whose answer nobody heard. */
export async function sendPost(
  courier: Courier,
  transport: ChatTransport,
  channel: ChannelRow,
  delivery: Delivery,
): Promise<Step> {
  const { ctx } = courier
  const now = ctx.clock.now()
  if (delivery.due_at > now) return { next: false, wakeAt: delivery.due_at }
  if (delivery.parent !== null && delivery.parent.externalId === null) {
    await settle(ctx, delivery, {
      status: 'failed',
      last_error: 'the message that it replies to was not posted',
    })
    return { next: true }
  }
  if (delivery.status === 'sending') return await reconcile(courier, transport, channel, delivery)
  const to = addressOf(channel, delivery)
  const picturesDue = await awaitPictures(courier, transport, to, delivery.message)
  // It may have changed, and the end may have come, while its pictures were made.
  if (courier.stopping.aborted || !(await markSending(ctx, delivery, picturesDue))) return { next: true }
  ctx.checkpoint('delivery.marked-sending')
  try {
    const posted = await transport.post(to, delivery.message, refOf(delivery), callSignal(courier))
    ctx.checkpoint('delivery.answered')
    await markSent(ctx, transport, channel, delivery, delivery.version, posted)
    ctx.checkpoint('delivery.marked-sent')
    return { next: true }
  } catch (error) {
    return await postFailed(courier, channel, delivery, asDeliveryError(error))
  }
}

/** @returns false when the message is another one than was read */
async function markSending(
  ctx: Ctx,
  { id, version, attempts }: Delivery,
  picturesDue: boolean,
): Promise<boolean> {
  const row = await ctx.db
    .updateTable('deliveries')
    .set({
      status: 'sending',
      attempts: attempts + 1,
      attempt_at: ctx.clock.now(),
      sent_version: version,
      pictures_due: picturesDue,
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

async function markSent(
  ctx: Ctx,
  transport: ChatTransport,
  channel: ChannelRow,
  delivery: Delivery,
  version: number,
  posted: Posted,
): Promise<void> {
  const now = ctx.clock.now()
  await ctx.db
    .updateTable('deliveries')
    .set((eb) => ({
      status: 'sent',
      external_id: posted.externalId,
      url: posted.url ?? null,
      sent_at: now,
      sent_version: version,
      last_error: null,
      // What changed while the message was on its way still has to be shown, and so do late pictures.
      edit_due_at: eb
        .case()
        .when(eb.or([eb('version', '>', version), eb('pictures_due', '=', true)]))
        .then(eb.fn.coalesce('edit_due_at', eb.val(now)))
        .else(null)
        .end(),
    }))
    .where('id', '=', delivery.id)
    .execute()
  await ctx.db
    .updateTable('channels')
    .set({ refusals: 0, next_post_at: new Date(now.getTime() + transport.minPostIntervalMs) })
    .where('id', '=', channel.id)
    .execute()
}

async function postFailed(
  courier: Courier,
  channel: ChannelRow,
  delivery: Delivery,
  error: DeliveryError,
): Promise<Step> {
  const { ctx } = courier
  const attempts = delivery.attempts + 1
  ctx.log.warn(
    { delivery: delivery.id, channel: channel.id, kind: error.kind, reason: error.reason },
    'not posted',
  )
  switch (error.kind) {
    case 'ambiguous':
      return await waitToReconcile(courier, delivery, error.reason)
    case 'rate_limited':
      return await hold(ctx, channel, delivery, error.retryAfterMs ?? backoffMs(attempts), error.reason)
    case 'unreachable':
      return await hold(ctx, channel, delivery, backoffMs(attempts), error.reason)
    case 'malformed':
    case 'gone':
      await settle(ctx, delivery, { status: 'failed', last_error: error.reason })
      return { next: true }
    case 'refused':
      return await refused(courier, channel, delivery, error.reason)
  }
}

async function refused(
  courier: Courier,
  channel: ChannelRow,
  delivery: Delivery,
  reason: string,
): Promise<Step> {
  const refusals = channel.refusals + 1
  if (refusals >= REFUSALS_TO_PAUSE) {
    await settle(courier.ctx, delivery, { status: 'failed', last_error: reason })
    await pauseRoute(courier, channel, reason)
    return { next: false, wakeAt: null }
  }
  await courier.ctx.db.updateTable('channels').set({ refusals }).where('id', '=', channel.id).execute()
  return await hold(courier.ctx, channel, delivery, backoffMs(refusals + 1), reason)
}

/** Nothing leaves for this channel before `ms` have passed, so that order stays. */
async function hold(
  ctx: Ctx,
  channel: ChannelRow,
  delivery: Delivery,
  ms: number,
  reason: string,
): Promise<Step> {
  const until = new Date(ctx.clock.now().getTime() + ms)
  await settle(ctx, delivery, { status: 'planned', last_error: reason })
  await ctx.db.updateTable('channels').set({ next_post_at: until }).where('id', '=', channel.id).execute()
  return { next: false, wakeAt: until }
}

/**
 * A post whose outcome nobody knows. It is looked for by its ref; only a message that certainly is not there, with
 * time enough for a slow platform to have stored it, is posted again.
 */
async function reconcile(
  courier: Courier,
  transport: ChatTransport,
  channel: ChannelRow,
  delivery: Delivery,
): Promise<Step> {
  const { ctx } = courier
  const attemptAt = delivery.attempt_at ?? delivery.created_at
  const since = new Date(attemptAt.getTime() - 60_000)
  try {
    const signal = callSignal(courier)
    const posted = await transport.find(addressOf(channel, delivery), refOf(delivery), since, signal)
    if (posted !== undefined) {
      await markSent(ctx, transport, channel, delivery, delivery.sent_version, posted)
      return { next: true }
    }
  } catch (error) {
    const { kind, reason, retryAfterMs } = asDeliveryError(error)
    if (kind === 'refused') return await refused(courier, channel, delivery, reason)
    const at = new Date(ctx.clock.now().getTime() + (retryAfterMs ?? backoffMs(delivery.attempts + 1)))
    await settle(ctx, delivery, { due_at: at, last_error: reason })
    return { next: false, wakeAt: at }
  }
  const certainAt = new Date(attemptAt.getTime() + courier.postTimeoutMs * 1.5)
  if (certainAt > ctx.clock.now()) {
    await settle(ctx, delivery, { due_at: certainAt })
    return { next: false, wakeAt: certainAt }
  }
  await settle(ctx, delivery, { status: 'planned' })
  return { next: true }
}

async function waitToReconcile(courier: Courier, delivery: Delivery, reason: string): Promise<Step> {
  await settle(courier.ctx, delivery, { last_error: reason })
  // The message may be there already: look at once, and again when it must be there or never will.
  return { next: true }
}

async function settle(
  ctx: Ctx,
  delivery: Delivery,
  change: Partial<
    Pick<Delivery, 'status' | 'attempts' | 'attempt_at' | 'sent_version' | 'last_error' | 'due_at'>
  >,
): Promise<void> {
  await ctx.db.updateTable('deliveries').set(change).where('id', '=', delivery.id).execute()
}

/** The ref that a delivery's message carries. */
export function refOf(delivery: Pick<Delivery, 'id'>): MessageRef {
  return `d:${delivery.id}`
}

export function addressOf(channel: ChannelRow, delivery: Pick<Delivery, 'parent'>): Address {
  const { platform, workspace, channel: id } = channel
  const thread = delivery.parent?.externalId
  return { platform, workspace, channel: id, ...(thread ? { thread } : {}) }
}
