import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { messageOf } from '../../errors.ts'
import { DeliveryError, type DeliveryErrorKind, unknownFailure } from '../transport.ts'

/** Unknown channel or guild, missing access or permission, closed direct messages, a locked or full thread. */
const REFUSED = new Set([10003, 10004, 50001, 50007, 50013, 50083, 160005, 160006])
/** Unknown message, a message of somebody else. */
const GONE = new Set([10008, 50005])
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What a failed REST call says about the message. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof RateLimitError) {
    return new DeliveryError('rate_limited', 'rate limited', error.retryAfter || error.timeToReset)
  }
  if (error instanceof DiscordAPIError) {
    return new DeliveryError(
      kindOf(Number(error.code), error.status),
      `${error.code} ${error.message}`.slice(0, 300),
    )
  }
  if (error instanceof HTTPError) {
    return new DeliveryError(error.status >= 500 ? 'ambiguous' : 'malformed', `HTTP ${error.status}`)
  }
  const code = codeOf(error)
  const noToken = messageOf(error).startsWith('Expected token to be set')
  if (NOT_CONNECTED.has(code) || noToken) return new DeliveryError('unreachable', code || messageOf(error))
  return code === '' ? unknownFailure(error) : new DeliveryError('ambiguous', code)
}

function kindOf(code: number, status: number): DeliveryErrorKind {
  if (status === 401) return 'unreachable'
  if (REFUSED.has(code)) return 'refused'
  if (GONE.has(code)) return 'gone'
  return status >= 500 ? 'ambiguous' : 'malformed'
}

function codeOf(error: unknown): string {
  for (let at = error as { code?: unknown; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (typeof at.code === 'string') return at.code
  }
  return ''
}
