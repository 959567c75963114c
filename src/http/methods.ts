import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PROBLEM_TYPE, problemOf } from './problems.ts'

/** Addresses that exist answer 405 with Allow to other methods; the rest is 404. Both as problem documents. */
export function answerStrayRequests(app: FastifyInstance): void {
  const routes: { pattern: RegExp; method: string }[] = []
  app.addHook('onRoute', (route) => {
    const pattern = toPattern(route.url)
    for (const method of [route.method].flat()) routes.push({ pattern, method })
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
    reply.type(PROBLEM_TYPE)
    if (methods.size === 0 || methods.has(request.method)) {
      return reply.code(404).send(problemOf(404, 'not_found', 'There is nothing at this address.'))
    }
    const allowed = [...methods].toSorted().join(', ')
    const detail = `${request.method} is not possible here.`
    return reply
      .code(405)
      .header('allow', allowed)
      .send(problemOf(405, 'method_not_allowed', detail, { allowed }))
  })
}

/** A route's address as an expression: `/runs/:run` matches one segment, `*` the rest. */
function toPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : RegExp.escape(part)))
    .join('/')
  return new RegExp(`^${source}/?$`)
}
