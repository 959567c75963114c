import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { ChatPlatform } from '../bots/transport.ts'
import type { Config } from '../config.ts'
import type { Ctx } from '../context.ts'
import { createServer, type ServerDeps } from '../http/server.ts'

/** How long a stopping server waits for connections on which no request comes. */
const CLOSE_AFTER_MS = 3_000

export interface Served {
  /** Where it really listens: the port may have been given as 0. */
  url: string
  close(): Promise<void>
}

/** Listens for HTTP: the API, the pages, and platforms that post to us. */
export async function serve(
  { host, port }: Pick<Config, 'host' | 'port'>,
  ctx: Ctx,
  platforms: ChatPlatform[],
  deps: ServerDeps,
): Promise<Served> {
  const mounts = [...(deps.mounts ?? []), ...platforms.flatMap(platformMount)]
  const server = await createServer(ctx, { ...deps, mounts })
  const close = () => closeServer(server)
  await server.listen({ port, host }).catch(async (error) => {
    await close()
    throw error
  })
  const address = server.server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return { url: `http://${name}:${address.port}`, close }
}

/** Requests in flight are answered; connections that browsers opened ahead are cut after a while. */
async function closeServer(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), CLOSE_AFTER_MS)
  await server.close().finally(() => clearTimeout(timer))
}

/** Lets a platform answer its own requests: their bodies stay unread here, because their signature covers the bytes. */
function platformMount(platform: ChatPlatform): ((app: FastifyInstance) => void)[] {
  const listener = platform.requestListener?.bind(platform)
  if (listener === undefined) return []
  return [
    (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', (_request, _payload, done) => done(null))
      app.route({
        method: ['GET', 'POST'],
        url: '/slack/*',
        schema: { hide: true },
        handler: (request, reply) => {
          reply.hijack()
          listener(request.raw, reply.raw)
        },
      })
    },
  ]
}
