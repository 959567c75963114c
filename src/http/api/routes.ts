import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { adminRoutes } from './admins.ts'
import { annotationRoutes } from './annotations.ts'
import { askRoutes } from './ask.ts'
import { consoleRoutes } from './console.ts'
import { leaderboardRoutes } from './leaderboard.ts'
import { metricRoutes } from './metrics.ts'
import { noteRoutes } from './notes.ts'
import { overviewRoutes } from './overviews.ts'
import { runRoutes } from './runs.ts'
import { tokenRoutes } from './tokens.ts'

/** What people and scripts ask of us, and the few things they define. */
export function apiRoutes(app: FastifyInstance, ctx: Ctx): void {
  runRoutes(app, ctx)
  overviewRoutes(app, ctx)
  leaderboardRoutes(app, ctx)
  metricRoutes(app, ctx)
  noteRoutes(app, ctx)
  annotationRoutes(app, ctx)
  askRoutes(app, ctx)
  consoleRoutes(app, ctx)
  app.register(async (scope) => adminRoutes(scope, ctx))
  app.register(async (scope) => tokenRoutes(scope, ctx))
}
