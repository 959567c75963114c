import { STATUS_CODES } from 'node:http'
import { AppError, type ErrorCode, invalid, messageOf } from '../errors.ts'

/**
 * A failure with its HTTP status, before a protocol words it. The members are those of RFC 9457, `code` (our closed list)
 * and the facts that help to put the mistake right.
 */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  detail: string
  code: string
  [member: string]: unknown
}

/** The HTTP status of each code, for problem documents and for pages. */
export const STATUSES: Record<ErrorCode, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  key_reused: 422,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
}

const DEFAULT_RETRY_S = 5

/** The only place where an error gets an HTTP status. `defect` marks a fault of ours, which belongs in the log. */
export function toProblem(error: unknown): { problem: Problem; defect: boolean } {
  const known = error instanceof AppError ? error : (fromFastify(error) ?? fromPostgres(error))
  if (known instanceof AppError) return { problem: fromAppError(known), defect: false }
  if (known !== undefined) return { problem: known, defect: known.status >= 500 }
  const detail = 'Something went wrong on our side; the log knows more under this request id.'
  return { problem: problemOf(500, 'internal', detail), defect: true }
}

export function problemOf(
  status: number,
  code: string,
  detail: string,
  members: Record<string, unknown> = {},
): Problem {
  const standard = {
    type: 'about:blank' as const,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
  }
  // Twice: first for the order in which people read it, last so that no member can take a standard name.
  return { ...standard, ...members, ...standard }
}

function fromAppError(error: AppError): Problem {
  const { value, retryAfterS, hint: _h, statusCode: _s, validationContext: _v, ...details } = error.details
  const wait = error.code === 'unavailable' || error.code === 'rate_limited'
  const retry = retryAfterS ?? (wait ? DEFAULT_RETRY_S : undefined)
  return problemOf(STATUSES[error.code], error.code, error.message, {
    ...details,
    ...(value === undefined ? {} : { value: shorten(value) }),
    ...(retry === undefined ? {} : { retry_after_s: retry }),
  })
}

const MAX_VALUE_LENGTH = 100

/** A refused value as the answer shows it, shortened to 100 characters. */
export function shorten(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  const text = typeof value === 'string' ? value : asText(value)
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH).toWellFormed()}...`
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return `an object of ${Object.keys(value).length} fields`
  return String(value)
}

/** What Fastify and its plugins refuse on their own, by status: their messages are fit to be read. */
function fromFastify(error: unknown): Problem | AppError | undefined {
  const { statusCode, code } = error as { statusCode?: number; code?: string }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  if (statusCode === 413) {
    return new AppError('too_large', 'The body is larger than this route takes.', {
      allowed: LIMITS_IN_WORDS,
    })
  }
  if (code === 'FST_CP_ERR_INVALID_CONTENT') {
    return invalid('Content-Encoding', 'The body is not what Content-Encoding says, or it ends too early.')
  }
  if (statusCode === 415) {
    return problemOf(415, 'unsupported_type', 'Only JSON is read here.', {
      field: code?.startsWith('FST_CP') ? 'Content-Encoding' : 'Content-Type',
      allowed: code?.startsWith('FST_CP') ? 'gzip, deflate, identity' : 'application/json',
    })
  }
  return problemOf(statusCode, 'invalid', messageOf(error).replaceAll('\0', ''))
}

const LIMITS_IN_WORDS = '20 MB for metrics, 1 MB elsewhere, after inflation'

const GONE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
])
const GONE_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|driver has already been destroyed|after calling end on the pool|client has encountered a connection error|not queryable/i
/** Shutdown, crash, starting up, too many connections, cancelled, lock or conflict that outlived its retries. */
const PASSING = /^(?:57P0[1-5]|57014|53\w{3}|08(?!P01)\w{3}|40001|40P01|55P03|25006)$/
/** Values that Postgres cannot hold: a check of ours let them pass, but the fault is the sender's. */
const UNSTORABLE = /^(?:22\w{3}|23514|54000)$/

function fromPostgres(error: unknown): AppError | undefined {
  const codes = codesOf(error)
  const message = messageOf(error)
  if (codes.some((code) => GONE.has(code) || PASSING.test(code)) || GONE_MESSAGES.test(message)) {
    return new AppError('unavailable', 'The database is not answering; try again in a moment.')
  }
  if (codes.some((code) => UNSTORABLE.test(code))) {
    return new AppError('invalid', `A value cannot be stored: ${message}.`)
  }
  return undefined
}

/** A failed connection to several addresses is one error around several. */
function codesOf(error: unknown): string[] {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] }
  const own = typeof code === 'string' ? [code] : []
  return Array.isArray(errors) ? [...own, ...errors.flatMap(codesOf)] : own
}
