/** The closed list of what can go wrong in the domain. Each edge (HTTP, chat, CLI) translates it once. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'key_reused'
  | 'too_large'
  | 'rate_limited'
  | 'unavailable'

/** Facts that a person or a script needs to put the mistake right. They become members of the problem document. */
export interface ErrorDetails {
  /** The offending field, as the sender wrote it: `params.lr`, `points[3].step`, a query's `top`. */
  field?: string
  /** The refused value, shortened by the edge that shows it. */
  value?: unknown
  /** What would have been accepted, in words. */
  allowed?: string
  /** Near names, best first, for "did you mean". */
  suggestions?: string[]
  /** The word of a query that does not parse, and its 0-based position in the text. */
  token?: string
  position?: number
  /** The answers to a question that has to be settled first (a metric's direction). */
  choices?: string[]
  retryAfterS?: number
  /** A command that helps, `iam <name>`, and what it does, 'say so': worded where commands can be typed, in chat. */
  hint?: { command: string; to: string }
  [member: string]: unknown
}

/** An error whose message is fit to be read by the person who caused it. Anything else is a defect of ours. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.details = details
  }
}

/** A field of the input is wrong: names it, shows the value and says what is allowed. */
export function invalid(field: string, message: string, details: Omit<ErrorDetails, 'field'> = {}): AppError {
  return new AppError('invalid', message, { field, ...details })
}

export function notFound(what: string, details: ErrorDetails = {}): AppError {
  return new AppError('not_found', what, details)
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
