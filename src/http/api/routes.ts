import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { metricRoutes } from './metrics.ts'
import { tokenRoutes } from './tokens.ts'

/** What people and scripts ask of us, and the few things they define. */
export function apiRoutes(app: FastifyInstance, ctx: Ctx): void {
  metricRoutes(app, ctx)
  app.register(async (scope) => tokenRoutes(scope, ctx))
}
