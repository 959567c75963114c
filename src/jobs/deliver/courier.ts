import { setImmediate } from 'node:timers/promises'
import { type Address, PICTURES_MS, type Transport } from '../../bots/transport.ts'
import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import type { Delivery } from '../../domain/deliveries/find.ts'
import { messageOf } from '../../errors.ts'
import type { MessageRef } from '../../messages/model.ts'

export interface Courier {
  ctx: Ctx
  transports: Map<string, Transport>
  /** How long one call may take before its outcome counts as unknown. */
  postTimeoutMs: number
  /** How long the channels of a process that died stay closed to the others. */
  leaseMs: number
  /** Aborted when the process ends: no further call is begun. */
  stopping: AbortSignal
  /** Aborted a while later: a call that is still under way is given up, its outcome settled at the next start. */
  giveUp: AbortSignal
  /** Notifies the people behind a channel that was paused. */
  onPaused(channel: ChannelRow, reason: string): Promise<void>
}

/** How long a call to the platform may take: until its time is up, or ours is. */
export function callSignal({ postTimeoutMs, giveUp }: Courier): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(postTimeoutMs), giveUp])
}

/**
 * Waits for the pictures of a post, unless the message is urgent: then they go on being made, and follow by an edit.
 * @returns whether they are still to come
 */
export async function awaitPictures(
  courier: Courier,
  transport: Transport,
  to: Address,
  delivery: Delivery,
): Promise<boolean> {
  if (transport.prepare === undefined) return false
  const pictures = preparePictures(courier, transport, to, delivery).then(() => false)
  return delivery.message.urgent ? await Promise.race([pictures, setImmediate(true)]) : await pictures
}

/**
 * Makes the pictures of a message; those that are not there in time are said in words. An exception of ours costs
 * the pictures, never the message.
 * @returns whether all of them are there
 */
export async function preparePictures(
  { ctx, stopping }: Courier,
  transport: Transport,
  to: Address,
  { id, message }: Delivery,
): Promise<boolean | undefined> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(PICTURES_MS.post), stopping])
    return await transport.prepare?.(to, message, signal)
  } catch (error) {
    ctx.log.error({ delivery: id, error: messageOf(error) }, 'the pictures of a message cannot be made')
    return false
  }
}

/**
 * Lays a message out as the call will, before anything is marked or sent.
 * @returns the reason why it cannot be drawn; undefined when it can
 */
export function drawingFault(
  { ctx }: Courier,
  transport: Transport,
  { id, channel_id, message }: Delivery,
): string | undefined {
  try {
    transport.render?.(message, `d:${id}`)
    return undefined
  } catch (error) {
    const reason = ctx.mask(`cannot be drawn: ${messageOf(error)}`)
    ctx.log.error({ delivery: id, channel: channel_id, format: message.format, reason }, 'not sent')
    return reason
  }
}

/** The ref that a delivery's message carries. */
export function refOf({ id }: Pick<Delivery, 'id'>): MessageRef {
  return `d:${id}`
}

/** Where a delivery is posted: its channel, or the thread of the message that it replies to. */
export function addressOf(channel: ChannelRow, { parent }: Pick<Delivery, 'parent'>): Address {
  const { platform, workspace, channel: id } = channel
  const thread = parent?.externalId
  return { platform, workspace, channel: id, ...(thread ? { thread } : {}) }
}

/** What follows from one step of a drain: the channel's next delivery, or nothing before this time. */
export type Next = { next: true } | { next: false; wakeAt: Date | null }
