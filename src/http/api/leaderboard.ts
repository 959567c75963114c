import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { findMetric } from '../../domain/metrics/find-metric.ts'
import { leaderboard } from '../../domain/boards/leaderboard.ts'
import { personAccount } from '../../domain/people/account.ts'
import { resolveClauses } from '../../domain/people/resolve-clauses.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { type Clause, MAX_ROWS, parseQuery } from '../../domain/query/parse.ts'
import { QuerySyntaxError } from '../../domain/query/syntax-error.ts'
import { principalOf } from '../auth.ts'
import { answers, METRIC_NAME, OBJECT, PROJECT_NAME } from '../schemas.ts'

/** A project's runs in the order of a metric. */
export function leaderboardRoutes(app: FastifyInstance, ctx: Ctx): void {
  const schema = {
    summary: 'The best runs of a project by one metric',
    tags: ['metrics'],
    params: { type: 'object', properties: { project: PROJECT_NAME }, required: ['project'] },
    querystring: {
      type: 'object',
      properties: {
        metric: METRIC_NAME,
        top: { type: 'integer', minimum: 1, maximum: MAX_ROWS, default: 10 },
        where: {
          type: 'string',
          maxLength: 4_000,
          description: 'Clauses: lr<0.01 tag:ablation by:ana since:7d',
        },
      },
      required: ['metric'],
      additionalProperties: false,
    },
    response: answers(200, 'The board', OBJECT),
  }
  app.get('/projects/:project/leaderboard', { config: { scope: 'read' }, schema }, async (request) => {
    const { projectId, person } = principalOf(request)
    const { project: name } = request.params as { project: string }
    const { metric, top, where = '' } = request.query as { metric: string; top: number; where?: string }
    const parsed = readClauses(where, ctx.clock.now())
    const clauses = await resolveClauses(ctx, personAccount(person), parsed)
    const project = await findProject(ctx, name, projectId === undefined ? {} : { projectId })
    return await leaderboard(ctx, { project, metric: await findMetric(ctx, project, metric), clauses, top })
  })
}

/** Conditions and nothing else. @throws QuerySyntaxError that names the word and its place */
function readClauses(text: string, now: Date): Clause[] {
  const { clauses, words } = parseQuery(text, now)
  const [stray] = words
  if (stray === undefined) return clauses
  throw new QuerySyntaxError(stray.text, stray.position, 'a condition such as lr<0.01')
}
