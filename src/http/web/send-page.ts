import type { FastifyReply } from 'fastify'
import type { Markup } from './html.ts'

export function sendPage(reply: FastifyReply, markup: Markup, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').serializer(asIs).send(markup)
}

/** The server's own serializer makes JSON of everything; a page is text already. */
function asIs(payload: unknown): string {
  return String(payload)
}
