import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../context.ts'
import { stringify } from './json.ts'
import { type Problem, toProblem } from './problems.ts'
import { problemJson } from './protocols/native/errors.ts'
import type { Protocol } from './protocols/protocol.ts'

export interface ErrorSender {
  /** Replies to a request whose work threw, and logs what is a fault of ours. */
  sendError(error: Error, request: FastifyRequest, reply: FastifyReply): void
  sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void
}

/** Failures in the shape of the protocol under whose prefix the path lies, else as problem documents. */
export function createErrorSender(ctx: Ctx, protocolOf: (url: string) => Protocol | undefined): ErrorSender {
  const sendProblem: ErrorSender['sendProblem'] = (problem, request, reply) => {
    const masked = ctx.mask(problem)
    const retry = masked['retry_after_s']
    if (typeof retry === 'number') reply.header('retry-after', String(Math.max(1, Math.ceil(retry))))
    const protocol = protocolOf(request.url)
    const { status, contentType, body } = protocol?.errorShape(masked) ?? problemJson(masked)
    reply
      .code(status)
      .type(contentType)
      .send(typeof body === 'string' ? body : stringify(body))
  }
  return {
    sendProblem,
    sendError: (error, request, reply) => {
      const { problem, defect } = toProblem(error)
      if (defect)
        ctx.log.error(
          { err: error, requestId: request.id, route: request.routeOptions.url },
          'request failed',
        )
      sendProblem(defect ? { ...problem, request_id: request.id } : problem, request, reply)
    },
  }
}

/** Finds the protocol whose prefix the path begins with; of two prefixes the longer one wins. */
export function createProtocolFinder(protocols: readonly Protocol[]): (url: string) => Protocol | undefined {
  const longestFirst = protocols.toSorted((a, b) => b.prefix.length - a.prefix.length)
  return (url) => {
    const [path = ''] = url.split('?', 1)
    return longestFirst.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
  }
}
