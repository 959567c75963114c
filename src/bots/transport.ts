import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Platform } from '../db/tables.ts'
import { messageOf } from '../errors.ts'
import type { Message, MessageRef } from '../messages/model.ts'

/** A place that can be posted to. `workspace` is Slack's team id or Discord's guild id. */
export interface Address {
  platform: Platform
  workspace: string
  channel: string
  /** The platform's id of the message to reply under. */
  thread?: string
}

/** How long a post or an edit waits for its pictures, and how long a person does for an answer's. */
export const PICTURES_MS = { post: 6_000, answer: 3_000 } as const

export interface Posted {
  /** Slack's ts, Discord's message id, the console's row. */
  externalId: string
  url?: string
}

/**
 * One platform as the delivery engine sees it. Implementations never retry: every outcome but success is a
 * DeliveryError whose kind is what is known, and the engine decides. A call ends when `signal` aborts. Only `post`
 * and `health` are needed: e-mail and webhooks cannot do the rest.
 */
export interface Transport {
  readonly platform: Platform
  /** The least time between two posts to one channel that the platform tolerates. */
  readonly minPostIntervalMs: number
  /**
   * Lays the message out as `post` and `edit` do, and sends nothing. What it throws is our own fault and found before
   * the call: the message is given up. Without it such an exception counts as one attempt of a few.
   */
  render?(message: Message, ref: MessageRef): void
  /**
   * Has the pictures of a message at hand before its post or edit, as far as that goes until `signal` aborts. Posts
   * nothing and never rejects: a picture that is not ready by then is shown in words.
   * @returns whether all of them are at hand
   */
  prepare?(to: Address, message: Message, signal: AbortSignal): Promise<boolean>
  /** Posts once. The ref travels with the message, for the buttons and so that `find` can recognise it. */
  post(to: Address, message: Message, ref: MessageRef, signal: AbortSignal): Promise<Posted>
  /** Without it a message stays as it was posted. */
  edit?(
    to: Address,
    externalId: string,
    message: Message,
    ref: MessageRef,
    signal: AbortSignal,
  ): Promise<void>
  /**
   * Looks for a message with this ref that was posted at `since` or later; undefined means it is certainly not there.
   * Without it a post whose outcome is unknown is made again: at least once, where `find` makes it exactly once.
   */
  find?(to: Address, ref: MessageRef, since: Date, signal: AbortSignal): Promise<Posted | undefined>
  /**
   * Whether the bot may post there, and if not, what the people there can do about it. Without it every address
   * counts as one that can be posted to.
   */
  membership?(to: Address): Promise<Membership>
  /** The address of a direct conversation with a person. Without it the console is told instead. */
  direct?(workspace: string, userId: string): Promise<Address>
  /** The state of the connection, for /readyz and status. */
  health(): TransportHealth
}

/** A platform where people talk to us: all that a transport may have. */
export type ChatTransport = Transport &
  Required<Pick<Transport, 'render' | 'edit' | 'find' | 'membership' | 'direct'>>

export type Membership = { canPost: true; name?: string } | { canPost: false; reason: string; fix: string }

export type TransportHealth = { ok: true; detail: string } | { ok: false; detail: string; fix: string }

export type DeliveryErrorKind =
  /** The platform may or may not have stored it: time-out, reset, 5xx. */
  | 'ambiguous'
  /** Certainly not stored, try again after `retryAfterMs`. */
  | 'rate_limited'
  /** Certainly not stored, because of the place: channel gone, not a member, archived. */
  | 'refused'
  /** Certainly not stored, because of this message; another one may pass. */
  | 'malformed'
  /** An edit's message no longer exists. */
  | 'gone'
  /** Certainly not stored because the platform was never reached (refused connection, not logged in, token revoked). */
  | 'unreachable'
  /** An exception of our own code; the message may or may not have been stored before it. */
  | 'internal'

export class DeliveryError extends Error {
  readonly kind: DeliveryErrorKind
  /** The platform's own word for it: 'channel_not_found', '50001'. */
  readonly reason: string
  readonly retryAfterMs: number | undefined

  constructor(kind: DeliveryErrorKind, reason: string, retryAfterMs?: number) {
    super(`${kind}: ${reason}`)
    this.name = 'DeliveryError'
    this.kind = kind
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * A failure that is none of the platform's own errors: ambiguous when it comes from the network, a time-out or an
 * answer that makes no sense, else our own fault.
 */
export function unknownFailure(error: unknown): DeliveryError {
  return new DeliveryError(isOutage(error) ? 'ambiguous' : 'internal', messageOf(error))
}

const ABORTED = new Set(['AbortError', 'TimeoutError'])
/** Codes of Node's own that tell of wrong arguments, not of the network. */
const OUR_CODES = /^ERR_(INVALID|ASSERTION|OUT_OF_RANGE)/

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (ABORTED.has(error.name) || error instanceof SyntaxError || error.cause !== undefined) return true
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) && !OUR_CODES.test(code)
}

/** One chat platform, opened: the worker posts through it, the bots' process listens to it. */
export interface ChatPlatform {
  readonly transport: ChatTransport
  /**
   * Begins to answer people. Resolves once that is under way; a bad token or no network is no reason to reject: the
   * rest keeps working, `transport.health()` says what is wrong, and it is tried again.
   */
  listen(): Promise<void>
  /** Answers what the platform posts to us over HTTP, when it works that way. */
  requestListener?(request: IncomingMessage, response: ServerResponse): void
  /** Finishes what is under way, within five seconds. */
  stop(): Promise<void>
}
