import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problemOf } from './problems.ts'
import type { ErrorSender } from './send-error.ts'

/** Paths that exist answer 405 with Allow to other methods; other paths answer 404. */
export function answerStrayRequests(app: FastifyInstance, sendProblem: ErrorSender['sendProblem']): void {
  const routes: { pattern: RegExp; method: string }[] = []
  app.addHook('onRoute', (route) => {
    const pattern = toPattern(route.url)
    for (const method of [route.method].flat()) routes.push({ pattern, method })
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
    if (methods.size === 0 || methods.has(request.method)) {
      return sendProblem(problemOf(404, 'not_found', 'There is nothing at this address.'), request, reply)
    }
    const allowed = [...methods].toSorted().join(', ')
    const detail = `${request.method} is not possible here.`
    reply.header('allow', allowed)
    return sendProblem(problemOf(405, 'method_not_allowed', detail, { allowed }), request, reply)
  })
}

/** A route's path as an expression: `/runs/:run` matches one segment, `*` the rest. */
function toPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : RegExp.escape(part)))
    .join('/')
  return new RegExp(`^${source}/?$`)
}
