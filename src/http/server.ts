import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance } from 'fastify'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Writers } from '../domain/ingest/writers.ts'
import { guardRoutes } from './auth.ts'
import { readJsonBodies } from './body.ts'
import { problemOf as textProblem, stringify } from './json.ts'
import { answerStrayRequests } from './methods.ts'
import { describeApi, openApiRoute } from './openapi.ts'
import { type OpsDeps, opsRoutes } from './ops.ts'
import { problemOf } from './problems.ts'
import { PROTOCOLS } from './protocols/index.ts'
import { PROBLEM_TYPE } from './protocols/native/errors.ts'
import type { Protocol } from './protocols/protocol.ts'
import { createErrorSender, createProtocolFinder } from './send-error.ts'
import { validatorCompiler } from './validation.ts'

const BODY_LIMIT = 1024 * 1024
const HEADERS_LIMIT_MS = 30_000

export interface ServerDeps extends OpsDeps {
  /** The configured admin token. */
  adminToken: string
  /** One set for the process. */
  writers: Writers
  /** Instead of the protocols that the server speaks. */
  protocols?: readonly Protocol[] | undefined
  /** Per token (else per address) and process; generous, for training scripts write often. */
  rateLimit?: { max: number; windowMs: number }
  /** How long a whole request may take to arrive, and how long a connection may stay silent. */
  timeouts?: { requestMs: number; idleMs: number; checkEveryMs?: number }
  /** Pages and webhooks: mounted after the protocols, each in a scope of its own. */
  mounts?: ((app: FastifyInstance) => void | Promise<void>)[]
}

/** The HTTP side, complete but not listening: `await app.ready()` and inject, or listen. */
export async function createServer(ctx: Ctx, deps: ServerDeps): Promise<FastifyInstance> {
  const { requestMs, idleMs, checkEveryMs = 5_000 } = deps.timeouts ?? { requestMs: 180_000, idleMs: 60_000 }
  const protocols = deps.protocols ?? PROTOCOLS
  const protocolOf = createProtocolFinder(protocols)
  const { sendError, sendProblem } = createErrorSender(ctx, protocolOf)
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    requestTimeout: requestMs,
    connectionTimeout: idleMs,
    http: { connectionsCheckingInterval: checkEveryMs },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { maxParamLength: 4_000, ignoreTrailingSlash: true },
    frameworkErrors: sendError,
    clientErrorHandler: answerBrokenRequest,
  })
  // Node swaps the two limits when the one for headers is the larger.
  app.server.headersTimeout = Math.min(HEADERS_LIMIT_MS, requestMs)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => stringify)
  app.setReplySerializer(stringify)
  app.setErrorHandler<Error>(sendError)
  app.decorateRequest('principal', undefined)
  answerStrayRequests(app, sendProblem)
  readJsonBodies(app)
  app.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS))
  await app.register(cookie)
  await app.register(compress, {
    globalCompression: true,
    globalDecompression: true,
    encodings: ['gzip', 'deflate'],
    requestEncodings: ['gzip', 'deflate', 'identity'],
  })
  await describeApi(app, ctx.publicUrl)
  await app.register(async (own) => {
    const originOf = (url: string) => protocolOf(url)?.name ?? 'api'
    guardRoutes(own, ctx, { adminToken: deps.adminToken, originOf })
    await ownRoutes(own, ctx, protocols, deps)
  })
  for (const mount of deps.mounts ?? []) await app.register(async (scope) => await mount(scope))
  return app
}

/** The routes that scripts call: limited, and closed to text that cannot be stored. */
async function ownRoutes(
  app: FastifyInstance,
  ctx: Ctx,
  protocols: readonly Protocol[],
  deps: ServerDeps,
): Promise<void> {
  const { max, windowMs } = deps.rateLimit ?? { max: 6_000, windowMs: 60_000 }
  await app.register(rateLimit, {
    max,
    timeWindow: windowMs,
    addHeadersOnExceeding: NO_HEADERS,
    keyGenerator: (request) =>
      String(request.principal?.tokenId ?? `${request.principal?.person} ${request.ip}`),
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('rate_limited', 'Too many requests with this token.', {
        retryAfterS: Math.ceil(ttl / 1_000),
      }),
  })
  app.addHook('preValidation', async (request) => {
    refuseBadText(request.params)
    refuseBadText(request.query)
  })
  opsRoutes(app, deps)
  openApiRoute(app)
  const { writers } = deps
  for (const protocol of protocols) {
    const { prefix } = protocol
    await app.register(async (scope) => await protocol.register(scope, { ctx, writers }), { prefix })
  }
}

const NO_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

function refuseBadText(given: unknown): void {
  for (const [field, value] of Object.entries((given ?? {}) as Record<string, unknown>)) {
    const problem = typeof value === 'string' ? textProblem(value) : undefined
    if (problem !== undefined) throw new AppError('invalid', `${field} ${problem}.`, { field })
  }
}

/** Requests that never became one: broken syntax, headers too large, a body that took too long. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400
  const detail = status === 408 ? 'The request took too long to arrive.' : 'This is not a valid HTTP request.'
  const problem = problemOf(status, 'invalid', detail)
  const body = stringify(problem)
  socket.end(
    `HTTP/1.1 ${status} ${problem.title}\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
