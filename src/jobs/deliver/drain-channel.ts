import type { Ctx } from '../../context.ts'
import {
  type ChannelLease,
  leaseChannel,
  releaseLease,
  renewLease,
} from '../../domain/deliveries/channel-lease.ts'
import { readChannel } from '../../domain/deliveries/channel-state.ts'
import { nextDueEdit, nextOpenPost, nextWake } from '../../domain/deliveries/find.ts'
import { messageOf } from '../../errors.ts'
import type { Courier, Next } from './courier.ts'
import { sendEdit } from './send-edit.ts'
import { sendPost } from './send-post.ts'

/**
 * Sends everything that is due in one channel, posts in their order first, then edits. Every effect is bracketed by two
 * commits (sending, sent), so that a crash at any point is recognised and settled by the next drain.
 *
 * The channel's lease keeps the order and the pace: one drain at a time. It is not what keeps a post single. A sender
 * whose lease ended unnoticed (its process stood still) meets two bounds: `begin` is one conditional update, so of two
 * senders one gets the message; and one that finds it `sending` posts it again only after the other one's call must
 * have ended and the message is not on the platform. What the late sender stores after that changes nothing, as its
 * attempt is no longer the row's.
 * @returns when to come again; null when nothing is left, or another drain holds the channel
 */
export async function drainChannel(courier: Courier, channelId: number): Promise<Date | null> {
  const { ctx, stopping } = courier
  for (;;) {
    const lease = await leaseChannel(ctx, channelId, courier.leaseMs)
    if (lease === undefined) return null
    const wakeAt = await drainLeased(courier, lease)
    // A drain that found the channel leased meanwhile has left its work to this one.
    const again = await nextWake(ctx.db, channelId)
    // At the end of the process the work is left to the next one.
    if (stopping.aborted) return again
    if (again === null || again > ctx.clock.now() || wakeAt !== null) return wakeAt ?? again
  }
}

/** Renewals that each lease has time for. */
const RENEWALS = 3

async function drainLeased(courier: Courier, lease: ChannelLease): Promise<Date | null> {
  const { ctx, leaseMs } = courier
  // Failed renewals show in the channel's row, which each step reads, or as an error of the step itself.
  const renew = () => void renewLease(ctx, lease, leaseMs).catch(() => {})
  const timer = setInterval(renew, leaseMs / RENEWALS)
  try {
    ctx.checkpoint('drain.begun')
    for (;;) {
      if (courier.stopping.aborted) return null
      const step = await sendNext(courier, lease)
      if (!step.next) return step.wakeAt
    }
  } finally {
    clearInterval(timer)
    await releaseLease(ctx, lease).catch((error) =>
      ctx.log.warn({ channel: lease.channelId, error: messageOf(error) }, 'a lease is left to end by itself'),
    )
  }
}

async function sendNext(courier: Courier, { channelId, id }: ChannelLease): Promise<Next> {
  const { ctx, transports } = courier
  const channel = await readChannel(ctx, channelId)
  if (channel === undefined || channel.paused_at !== null) return { next: false, wakeAt: null }
  // Another drain has taken the channel over.
  if (channel.lease_id !== id) return { next: false, wakeAt: null }
  const transport = transports.get(channel.platform)
  if (transport === undefined) return { next: false, wakeAt: null }
  const now = ctx.clock.now()
  if (channel.next_post_at !== null && channel.next_post_at > now) {
    return { next: false, wakeAt: await wakeAfterHold(ctx, channelId, channel.next_post_at) }
  }
  const post = await nextOpenPost(ctx.db, channelId)
  if (post !== undefined) return await sendPost(courier, transport, channel, post)
  const edit = await nextDueEdit(ctx.db, channelId, now)
  if (edit !== undefined) return await sendEdit(courier, transport, channel, edit)
  return { next: false, wakeAt: await nextWake(ctx.db, channelId) }
}

/** A held channel is woken when the hold ends, if there is anything to send at all. */
async function wakeAfterHold(ctx: Ctx, channelId: number, heldUntil: Date): Promise<Date | null> {
  const wake = await nextWake(ctx.db, channelId)
  if (wake === null) return null
  return wake > heldUntil ? wake : heldUntil
}
