import { setImmediate } from 'node:timers/promises'
import { type Address, type ChatTransport, PICTURES_MS } from '../../bots/transport.ts'
import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'

export interface Courier {
  ctx: Ctx
  transports: Map<string, ChatTransport>
  /** How long one call may take before its outcome counts as unknown. */
  postTimeoutMs: number
  /** Aborted when the process ends: no further call is begun. */
  stopping: AbortSignal
  /** Aborted a while later: a call that is still under way is given up, its outcome settled at the next start. */
  giveUp: AbortSignal
  /** Tells the people behind a route that was paused. */
  onPaused(channel: ChannelRow, reason: string): Promise<void>
}

/** How long a call to the platform may take: until its time is up, or ours is. */
export function callSignal({ postTimeoutMs, giveUp }: Courier): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(postTimeoutMs), giveUp])
}

/** Kinds of messages whose news does not wait for a picture. */
const URGENT = new Set(['record'])

/**
 * Waits for the pictures of a post, but not with news: then they go on being made, and follow by an edit.
 * @returns whether they are still to come
 */
export async function awaitPictures(
  courier: Courier,
  transport: ChatTransport,
  to: Address,
  message: Message,
): Promise<boolean> {
  const pictures = transport.prepare?.(to, message, picturesSignal(courier)).then(() => false)
  if (pictures === undefined) return false
  return URGENT.has(message.kind) ? await Promise.race([pictures, setImmediate(true)]) : await pictures
}

/** How long the pictures of a message may take: what is not there by then is told in words. */
export function picturesSignal({ stopping }: Courier): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(PICTURES_MS.post), stopping])
}

/** What one step of the work means for the channel: go on, or nothing before this time. */
export type Step = { next: true } | { next: false; wakeAt: Date | null }
