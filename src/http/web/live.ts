import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers that stay open until something ends them. */
    openStreams: Set<ServerResponse>
    /** How often an open page is compared with the database. */
    lookEveryMs: number
  }
}

const LOOK_EVERY_MS = 2_000
/** Browsers come back by themselves; nothing is kept open for ever. */
const STREAM_LIMIT_MS = 10 * 60_000

/** Lets the server stop while pages are open: their streams end first, and the browsers try again later. */
export function endStreamsAtClose(app: FastifyInstance, lookEveryMs = LOOK_EVERY_MS): void {
  const streams = new Set<ServerResponse>()
  app.decorate('lookEveryMs', lookEveryMs)
  app.decorate('openStreams', streams)
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end()
  })
}

/**
 * Server-sent events: 'changed' whenever the stamp differs from the last one. Asked of the database, so that it
 * works whichever process wrote.
 */
export function watchChanges(
  request: FastifyRequest,
  reply: FastifyReply,
  stamp: () => Promise<string>,
): FastifyReply {
  reply.hijack()
  const response = reply.raw
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // Kept alive, the connection would outlive its stream and hold up the server's end.
    connection: 'close',
  })
  response.write('retry: 2000\n\n')
  const begun = Date.now()
  // What the page was made from: a change between its making and this request is one too.
  let last = (request.query as { since?: string }).since
  let busy = false
  const look = async () => {
    if (busy) return
    busy = true
    const now = await stamp().catch(() => last)
    busy = false
    if (last !== undefined && now !== last) response.write('event: changed\ndata: \n\n')
    last = now
    if (Date.now() - begun > STREAM_LIMIT_MS) response.end()
  }
  const timer = setInterval(() => void look(), request.server.lookEveryMs)
  void look()
  const streams = request.server.openStreams
  streams.add(response)
  const stop = () => {
    clearInterval(timer)
    streams.delete(response)
  }
  request.raw.on('close', stop)
  response.on('close', stop)
  return reply
}
