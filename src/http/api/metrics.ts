import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import { claimantOf, requireAdmin } from '../../domain/people/admins.ts'
import { actorOf, requireProject } from '../../domain/access/principal.ts'
import { defineMetric, type MetricDefinition } from '../../domain/records/define-metric.ts'
import { principalOf } from '../auth.ts'
import { answers, METRIC_NAME, OBJECT, PROJECT_NAME } from '../schemas.ts'

const DEFINITION_BODY = {
  type: 'object',
  properties: {
    direction: { type: 'string', enum: ['max', 'min'], description: 'Which end is better' },
    unit: { type: ['string', 'null'], maxLength: 50 },
    min_delta: { type: 'number', minimum: 0, description: 'A gain below this sets no record' },
    aggregate: {
      type: 'string',
      enum: ['best', 'last', 'min', 'max'],
      description: 'Which value of a run counts',
    },
    primary: { type: 'boolean', description: 'Messages about the project are about this metric' },
  },
  additionalProperties: false,
  examples: [{ direction: 'max', unit: '%', min_delta: 0.001, aggregate: 'best', primary: true }],
}

const METRIC_PARAMS = {
  type: 'object',
  properties: { project: PROJECT_NAME, metric: METRIC_NAME },
  required: ['project', 'metric'],
}

/** What it is, as the end of 'Only admins may ...'. */
const DEFINE_METRIC = 'declare how a metric is read'

/** How a metric is read. */
export function metricRoutes(app: FastifyInstance, ctx: Ctx): void {
  const schema = {
    summary: 'Declare direction, unit, min_delta, aggregate and primary; what is absent stays',
    tags: ['metrics'],
    params: METRIC_PARAMS,
    body: DEFINITION_BODY,
    response: answers(200, 'The definition as it is stored now', OBJECT),
  }
  app.put('/projects/:project/metrics/:metric', { config: { scope: 'ingest' }, schema }, async (request) => {
    const principal = principalOf(request)
    const names = request.params as { project: string; metric: string }
    requireProject(principal, names.project)
    await requireAdmin(ctx, claimantOf(principal), DEFINE_METRIC)
    const input: MetricDefinition = {
      ...(request.body as Omit<MetricDefinition, 'project' | 'metric'>),
      ...names,
    }
    return await transaction(ctx.db, (trx) => defineMetric(trx, ctx, actorOf(principal), input))
  })
}
