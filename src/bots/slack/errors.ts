import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'
import { DeliveryError, type DeliveryErrorKind, unknownFailure } from '../transport.ts'

/** Slack's words for a place that cannot be posted to. */
const REFUSED = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'cannot_dm_bot',
  'user_disabled',
  'posting_to_general_channel_denied',
])
/** ... for a token that is of no use: nothing is wrong with the channel, so its route stays. */
const SHUT_OUT = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'org_login_required',
  'ekm_access_denied',
])
/** ... for its own trouble: the message may have been stored. */
const UNCLEAR = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'])
/** Nothing was sent when the connection was never made. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What a failed Web API call says about the message. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof WebAPIRateLimitedError) {
    return new DeliveryError('rate_limited', 'rate limited', error.retryAfter * 1_000)
  }
  if (error instanceof WebAPIPlatformError)
    return new DeliveryError(kindOf(error.data.error), error.data.error)
  if (error instanceof WebAPIHTTPError) {
    // A success whose body makes no sense is one all the same.
    const kind = error.statusCode >= 500 || error.statusCode < 300 ? 'ambiguous' : 'malformed'
    return new DeliveryError(kind, `HTTP ${error.statusCode}`)
  }
  if (error instanceof WebAPIRequestError) {
    const code = codeOf(error.original)
    return new DeliveryError(
      NOT_CONNECTED.has(code) ? 'unreachable' : 'ambiguous',
      code || error.original.message,
    )
  }
  return unknownFailure(error)
}

function kindOf(word: string): DeliveryErrorKind {
  // The client takes a body that is no JSON for Slack's answer: whether Slack stored the message is unknown.
  if (!/^[a-z][a-z0-9_]*$/.test(word)) return 'ambiguous'
  if (REFUSED.has(word)) return 'refused'
  if (SHUT_OUT.has(word)) return 'unreachable'
  if (UNCLEAR.has(word)) return 'ambiguous'
  if (GONE.has(word)) return 'gone'
  if (word === 'ratelimited' || word === 'rate_limited') return 'rate_limited'
  return 'malformed'
}

/** fetch hides the socket's error a level or two down. */
function codeOf(error: unknown): string {
  for (let at = error as { code?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (typeof at.code === 'string') return at.code
  }
  return ''
}

/** Whether Slack refused the blocks themselves, so that plain ones may pass. */
export function isBlocksRefusal(error: unknown): boolean {
  return (
    error instanceof WebAPIPlatformError && /^(invalid_blocks|msg_blocks_too_long)/.test(error.data.error)
  )
}

/** Whether Slack refused a picture: it is not done with the file yet, or somebody has deleted it. */
export function isFileRefusal(error: unknown): boolean {
  return (
    isBlocksRefusal(error) &&
    error instanceof WebAPIPlatformError &&
    (error.data.response_metadata?.messages ?? []).some((text) => /slack.?file/i.test(text))
  )
}
