import type { FastifyInstance } from 'fastify'
import { apiRoutes } from '../../api/routes.ts'
import type { Protocol } from '../protocol.ts'
import { problemJson } from './errors.ts'
import { ingestRoutes } from './routes.ts'

/** Our own API: what scripts write, and what people and scripts read. */
export const native: Protocol = {
  name: 'api',
  prefix: '/api/v1',
  register: (app, deps) => {
    refuseUnknownQueries(app)
    ingestRoutes(app, deps)
    apiRoutes(app, deps.ctx)
  },
  errorShape: problemJson,
}

/** A route that reads no query says so, instead of leaving a mistyped one without effect. */
function refuseUnknownQueries(app: FastifyInstance): void {
  app.addHook('onRoute', ({ schema }) => {
    if (schema !== undefined)
      schema.querystring ??= { type: 'object', properties: {}, additionalProperties: false }
  })
}
