import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { requireWhole } from '../../domain/access/principal.ts'
import { listConsoleMessages } from '../../domain/channels/console-messages.ts'
import { principalOf } from '../auth.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { answers, list, OBJECT, PAGING } from '../schemas.ts'

/** What the page shows live, for scripts: the messages of the console's channel. */
export function consoleRoutes(app: FastifyInstance, ctx: Ctx): void {
  const schema = {
    summary: "Messages of the console's channel, newest first",
    tags: ['questions'],
    querystring: { type: 'object', properties: PAGING, additionalProperties: false },
    response: answers(200, 'Messages', list(OBJECT)),
  }
  app.get('/console/messages', { config: { scope: 'read' }, schema }, async (request) => {
    requireWhole(principalOf(request))
    const { limit, cursor } = request.query as { limit: number; cursor?: string }
    const before = cursor === undefined ? {} : { before: readCursor('console', cursor) }
    const found = await listConsoleMessages(ctx, { limit: limit + 1, ...before })
    const items = found.slice(0, limit)
    const last = items.at(-1)
    return {
      items,
      next: found.length > limit && last !== undefined ? writeCursor('console', last.id) : null,
    }
  })
}
