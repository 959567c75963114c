import type { DeliveryError, Posted, Transport } from '../../bots/transport.ts'
import type { ChannelRow } from '../../db/tables.ts'
import {
  markChannelPosted,
  countRefusals,
  delayChannel,
  REFUSALS_TO_PAUSE,
} from '../../domain/deliveries/channel-state.ts'
import type { Delivery } from '../../domain/deliveries/find.ts'
import {
  beginSending,
  failDelivery,
  markSent,
  markUnclear,
  releaseDelivery,
} from '../../domain/deliveries/store.ts'
import {
  addressOf,
  awaitPictures,
  callSignal,
  type Courier,
  drawingFault,
  type Next,
  refOf,
} from './courier.ts'
import { asDeliveryError, MAX_FAULTS, retryDelayMs } from './outcome.ts'
import { pauseAndNotify } from './pause-channel.ts'

/** Posts, or finds out what became of a post that ended without an answer (time-out, reset, crash). */
export async function sendPost(
  courier: Courier,
  transport: Transport,
  channel: ChannelRow,
  delivery: Delivery,
): Promise<Next> {
  const { ctx } = courier
  if (delivery.due_at > ctx.clock.now()) return { next: false, wakeAt: delivery.due_at }
  if (delivery.parent !== null && delivery.parent.externalId === null) {
    await failDelivery(ctx.db, delivery, 'the message that it replies to was not posted')
    return { next: true }
  }
  if (delivery.status === 'sending') return await settleUnclear(courier, transport, channel, delivery)
  const fault = drawingFault(courier, transport, delivery)
  if (fault !== undefined) {
    await failDelivery(ctx.db, delivery, fault)
    return { next: true }
  }
  const picturesDue = await awaitPictures(courier, transport, addressOf(channel, delivery), delivery)
  if (courier.stopping.aborted) return { next: true }
  // Undefined: the message changed while its pictures were made, or another sender has it.
  const sending = await beginSending(ctx.db, delivery, { now: ctx.clock.now(), picturesDue })
  if (sending === undefined) return { next: true }
  ctx.checkpoint('delivery.marked-sending')
  return await post(courier, transport, channel, sending)
}

async function post(
  courier: Courier,
  transport: Transport,
  channel: ChannelRow,
  sending: Delivery,
): Promise<Next> {
  const { ctx } = courier
  const { message } = sending
  try {
    const posted = await transport.post(
      addressOf(channel, sending),
      message,
      refOf(sending),
      callSignal(courier),
    )
    ctx.checkpoint('delivery.answered')
    await sent(courier, transport, channel, sending, posted)
    ctx.checkpoint('delivery.marked-sent')
    return { next: true }
  } catch (error) {
    return await postFailed(courier, transport, channel, sending, asDeliveryError(error))
  }
}

async function sent(
  { ctx }: Courier,
  transport: Transport,
  channel: ChannelRow,
  sending: Delivery,
  { externalId, url }: Posted,
): Promise<void> {
  const now = ctx.clock.now()
  await markSent(ctx.db, sending, { externalId, url, now })
  await markChannelPosted(ctx, channel, new Date(now.getTime() + transport.minPostIntervalMs))
}

async function postFailed(
  courier: Courier,
  transport: Transport,
  channel: ChannelRow,
  sending: Delivery,
  { kind, reason, retryAfterMs }: DeliveryError,
): Promise<Next> {
  const { ctx } = courier
  ctx.log.warn({ delivery: sending.id, channel: channel.id, kind, reason }, 'not posted')
  switch (kind) {
    case 'ambiguous':
    case 'internal': {
      // The message may be there already: the sender looks at once, and again before it posts again.
      const unclear = {
        dueAt: new Date(ctx.clock.now().getTime() + retryDelayMs(sending.attempts)),
        faults: sending.faults + (kind === 'internal' ? 1 : 0),
        error: reason,
      }
      await markUnclear(ctx.db, sending, unclear)
      const { dueAt: due_at, faults } = unclear
      return await settleUnclear(courier, transport, channel, {
        ...sending,
        due_at,
        faults,
        last_error: reason,
      })
    }
    case 'rate_limited':
    case 'unreachable':
      return await release(courier, channel, sending, retryAfterMs ?? retryDelayMs(sending.attempts), reason)
    case 'malformed':
    case 'gone':
      ctx.log.error({ delivery: sending.id, channel: channel.id, reason }, 'given up')
      await failDelivery(ctx.db, sending, reason)
      return { next: true }
    case 'refused':
      return await refused(courier, channel, sending, reason)
  }
}

async function refused(
  courier: Courier,
  channel: ChannelRow,
  sending: Delivery,
  reason: string,
): Promise<Next> {
  const { ctx } = courier
  const refusals = channel.refusals + 1
  if (refusals >= REFUSALS_TO_PAUSE) {
    await failDelivery(ctx.db, sending, reason)
    await pauseAndNotify(courier, channel, reason)
    return { next: false, wakeAt: null }
  }
  await countRefusals(ctx, channel, refusals)
  return await release(courier, channel, sending, retryDelayMs(refusals + 1), reason)
}

/** Plans the message again, and holds the whole channel for `ms`, so that order stays. */
async function release(
  { ctx }: Courier,
  channel: ChannelRow,
  sending: Delivery,
  ms: number,
  reason: string,
): Promise<Next> {
  const until = new Date(ctx.clock.now().getTime() + ms)
  await releaseDelivery(ctx.db, sending, reason)
  await delayChannel(ctx, channel, until)
  return { next: false, wakeAt: until }
}

/**
 * A post whose outcome is unknown is looked for by its ref, and posted again only when it certainly is not there. A
 * platform where posts cannot be looked for gets it again all the same: at least once, never less.
 */
async function settleUnclear(
  courier: Courier,
  transport: Transport,
  channel: ChannelRow,
  sending: Delivery,
): Promise<Next> {
  const { ctx } = courier
  const certainAt = certainTime(courier, sending)
  try {
    const posted = await find(courier, transport, channel, sending)
    if (posted !== undefined) {
      await sent(courier, transport, channel, sending, posted)
      return { next: true }
    }
  } catch (error) {
    const { kind, reason, retryAfterMs } = asDeliveryError(error)
    if (kind === 'refused') return await refused(courier, channel, sending, reason)
    // The thread that it replies to is gone, and the message with it.
    if (kind === 'gone') return await giveUp(courier, sending, reason)
    const faults = sending.faults + (kind === 'internal' || kind === 'malformed' ? 1 : 0)
    if (faults >= MAX_FAULTS) return await giveUp(courier, sending, reason)
    const again = ctx.clock.now().getTime() + (retryAfterMs ?? retryDelayMs(sending.attempts))
    const dueAt = new Date(Math.max(certainAt.getTime(), again))
    await markUnclear(ctx.db, sending, { dueAt, faults, error: reason })
    return { next: false, wakeAt: dueAt }
  }
  if (sending.faults >= MAX_FAULTS) return await giveUp(courier, sending, sending.last_error ?? 'failed')
  if (certainAt > ctx.clock.now()) {
    await markUnclear(ctx.db, sending, { dueAt: certainAt })
    return { next: false, wakeAt: certainAt }
  }
  await releaseDelivery(ctx.db, sending)
  return { next: true }
}

/** How much earlier than the attempt a message may be dated by the platform's clock. */
const CLOCK_TOLERANCE_MS = 60_000

async function find(
  courier: Courier,
  transport: Transport,
  channel: ChannelRow,
  sending: Delivery,
): Promise<Posted | undefined> {
  const since = new Date((sending.attempt_at ?? sending.created_at).getTime() - CLOCK_TOLERANCE_MS)
  return await transport.find?.(addressOf(channel, sending), refOf(sending), since, callSignal(courier))
}

/**
 * From when on a message that is not found was not stored. The sender that saw its call fail has set `due_at`; without
 * that the sender died, or still waits for the answer, and half a time-out more lets a slow platform store it.
 */
function certainTime({ postTimeoutMs }: Courier, { due_at, attempt_at, created_at }: Delivery): Date {
  const attemptAt = attempt_at ?? created_at
  return due_at > attemptAt ? due_at : new Date(attemptAt.getTime() + postTimeoutMs * 1.5)
}

async function giveUp({ ctx }: Courier, sending: Delivery, reason: string): Promise<Next> {
  ctx.log.error({ delivery: sending.id, channel: sending.channel_id, reason }, 'given up')
  await failDelivery(ctx.db, sending, reason)
  return { next: true }
}
