import type { FastifyInstance } from 'fastify'
import type { Pictures } from '../../charts/pictures.ts'
import type { Ctx } from '../../context.ts'
import { readChart } from '../../domain/pictures/keep-charts.ts'
import { AppError, notFound } from '../../errors.ts'

/** A browser shows the rest of the page meanwhile. */
const DRAW_LIMIT_MS = 10_000
/** What a hash names never changes. */
const FOR_EVER = 'private, max-age=31536000, immutable'

/**
 * The picture of a chart by its hash, drawn when it is asked for. A hash cannot be guessed: it stands in what only its
 * readers see.
 */
export function chartPicture(app: FastifyInstance, ctx: Ctx, pictures: Pictures): void {
  app.get('/charts/:name', async (request, reply) => {
    const { name } = request.params as { name: string }
    const [, hash] = /^([0-9a-f]{64})\.png$/.exec(name) ?? []
    const chart = hash === undefined ? undefined : await readChart(ctx, hash)
    if (chart === undefined) throw notFound('There is no such picture.', { field: 'name', value: name })
    const picture = await pictures.draw(chart, DRAW_LIMIT_MS)
    if (picture === undefined) throw new AppError('unavailable', 'This chart cannot be drawn just now.')
    return reply.type('image/png').header('cache-control', FOR_EVER).send(Buffer.from(picture.png))
  })
}
