import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../context.ts'
import type { Scope } from '../db/tables.ts'
import { authenticateToken } from '../domain/access/authenticate-token.ts'
import { type Principal, requireScope } from '../domain/access/principal.ts'
import { authenticateSession } from '../domain/access/sessions.ts'
import { AppError } from '../errors.ts'

export const SESSION_COOKIE = 'expediter_session'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined
  }
  interface FastifyContextConfig {
    /** What a route of ours asks of its token; absent: open to all. */
    scope?: Scope
  }
}

/**
 * The one token of a request, wherever its client puts it: Bearer (ours, MLflow), `token` (DVCLive), Basic's
 * password (MLflow, W&B, a netrc entry) or trackio's header.
 */
export function tokenOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const { authorization = '' } = request.headers
  const [, scheme = '', rest = ''] = /^(bearer|token|basic) +(.+)$/i.exec(authorization.trim()) ?? []
  if (scheme.toLowerCase() === 'basic') return passwordOf(rest)
  if (rest !== '') return rest
  const header = request.headers['x-trackio-write-token']
  return typeof header === 'string' && header !== '' ? header : undefined
}

function passwordOf(encoded: string): string | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : text.slice(colon + 1) || undefined
}

export interface AuthOptions {
  adminToken: string
  /** Where its changes are said to come from: 'api', 'mlflow', 'console'. */
  origin: string
  /** Pages take the log-in cookie as well. */
  cookie?: boolean
}

/** Whom a request acts for; undefined when it says nothing or nothing that is known. */
export async function authenticate(
  ctx: Ctx,
  request: FastifyRequest,
  { adminToken, origin, cookie = false }: AuthOptions,
): Promise<Principal | undefined> {
  const token = tokenOf(request)
  if (token !== undefined) return await authenticateToken(ctx, adminToken, token, origin)
  const session = cookie ? request.cookies?.[SESSION_COOKIE] : undefined
  return session === undefined ? undefined : await authenticateSession(ctx, session)
}

export interface GuardOptions {
  adminToken: string
  /** The origin of the changes that a request to this URL makes. */
  originOf(url: string): string
}

/** Every route under `app` whose config names a scope asks for it before the body is read. */
export function guardRoutes(app: FastifyInstance, ctx: Ctx, { adminToken, originOf }: GuardOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    const { scope } = request.routeOptions.config
    if (scope === undefined) return
    request.principal = await authenticate(ctx, request, { adminToken, origin: originOf(request.url) })
    if (request.principal === undefined) {
      reply.header('www-authenticate', 'Bearer realm="expediter"')
      throw refusal(tokenOf(request) !== undefined)
    }
    requireScope(request.principal, scope)
  })
}

function refusal(given: boolean): AppError {
  const message = given ? 'This token is unknown or was revoked.' : 'This needs a token.'
  return new AppError('unauthorized', message, {
    field: 'Authorization',
    allowed: 'Bearer exp-<40 characters>; an admin makes one with POST /api/v1/tokens',
  })
}

/** The principal of a guarded route. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw refusal(false)
  return request.principal
}

/** How much a read may show: everything, or the one project of a restricted token. */
export function visibleTo(request: FastifyRequest): { visible?: number } {
  const { projectId } = principalOf(request)
  return projectId === undefined ? {} : { visible: projectId }
}
