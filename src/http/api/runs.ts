import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { readColumns } from '../../domain/runs/read/history.ts'
import { personAccount } from '../../domain/people/account.ts'
import { listNotes } from '../../domain/notes/list-notes.ts'
import { shownNote } from '../../domain/notes/read-notes.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { listRuns } from '../../domain/runs/read/list-runs.ts'
import { readRun } from '../../domain/runs/read/read-run.ts'
import { principalOf, visibleTo } from '../auth.ts'
import { historyJson } from './history-json.ts'
import { answers, list, METRIC_NAME, OBJECT, PAGING, PROJECT_NAME, RUN_PARAMS, RUN_REF } from '../schemas.ts'

const read = { config: { scope: 'read' } } as const
const tags = ['runs']
/** The newest notes that come with a run; GET /notes has them all. */
const NOTES_LIMIT = 50

/** Runs as they are: a page of them, one of them, the points of one metric. */
export function runRoutes(app: FastifyInstance, ctx: Ctx): void {
  const listSchema = {
    summary: 'Runs, newest first',
    tags,
    querystring: {
      type: 'object',
      properties: {
        project: PROJECT_NAME,
        name: { type: 'string', maxLength: 250 },
        q: { type: 'string', maxLength: 4_000, description: 'Clauses: lr<0.01 tag:ablation by:ana since:7d' },
        ...PAGING,
      },
      additionalProperties: false,
    },
    response: answers(200, 'Runs', list(OBJECT)),
  }
  app.get('/runs', { ...read, schema: listSchema }, async (request) => {
    const query = request.query as {
      project?: string
      name?: string
      q?: string
      limit: number
      cursor?: string
    }
    return await listRuns(ctx, {
      ...query,
      ...visibleTo(request),
      asker: personAccount(principalOf(request).person),
    })
  })

  const oneSchema = {
    summary: 'Everything that a run said, and what was said of it',
    tags,
    params: RUN_PARAMS,
    response: answers(200, 'The run', OBJECT),
  }
  app.get('/runs/:run', { ...read, schema: oneSchema }, async (request) => {
    const { run } = request.params as { run: string }
    const key = await findRun(ctx, run, principalOf(request).projectId)
    const notes = await listNotes(ctx, key, NOTES_LIMIT)
    return { run: await readRun(ctx, key), notes: notes.map(shownNote) }
  })

  const historySchema = {
    summary: 'The points of one metric',
    tags,
    params: {
      type: 'object',
      properties: { run: RUN_REF, metric: METRIC_NAME },
      required: ['run', 'metric'],
    },
    querystring: {
      type: 'object',
      properties: {
        max: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'At most so many points' },
        all: { type: 'boolean', description: 'Also points whose step was logged again' },
      },
      additionalProperties: false,
    },
    response: answers(200, 'Points by step', OBJECT),
  }
  app.get('/runs/:run/metrics/:metric', { ...read, schema: historySchema }, async (request, reply) => {
    const { run, metric } = request.params as { run: string; metric: string }
    const options = request.query as { max?: number; all?: boolean }
    const key = await findRun(ctx, run, principalOf(request).projectId)
    const history = await readColumns(ctx, key, metric, options)
    return reply.type('application/json; charset=utf-8').send(historyJson(history))
  })
}
