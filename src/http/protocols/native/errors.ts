import type { Problem } from '../../problems.ts'
import type { ErrorReply } from '../protocol.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** A problem document (RFC 9457). Paths that belong to no protocol get it too. */
export function problemJson(problem: Problem): ErrorReply {
  return { status: problem.status, contentType: PROBLEM_TYPE, body: problem }
}
