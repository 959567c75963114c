import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { listDatasets } from '../../domain/datasets/list-datasets.ts'
import { listProjects } from '../../domain/projects/list-projects.ts'
import { findProject } from '../../domain/projects/resolve-project.ts'
import { compareRuns } from '../../domain/runs/compare/compare-runs.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { invalid } from '../../errors.ts'
import { principalOf, visibleTo } from '../auth.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { answers, list, OBJECT, PAGING, PROJECT_NAME } from '../schemas.ts'

const read = { config: { scope: 'read' } } as const
const MAX_COMPARED = 5
const MAX_VERSIONS = 1_000

/** What spans runs: projects, data sets, comparisons. */
export function overviewRoutes(app: FastifyInstance, ctx: Ctx): void {
  const projectsSchema = {
    summary: 'Projects, the one written to last first',
    tags: ['projects'],
    querystring: { type: 'object', properties: PAGING, additionalProperties: false },
    response: answers(200, 'Projects', list(OBJECT)),
  }
  app.get('/projects', { ...read, schema: projectsSchema }, async (request) => {
    const { limit, cursor } = request.query as { limit: number; cursor?: string }
    const offset = cursor === undefined ? 0 : readCursor('projects', cursor)
    const found = await listProjects(ctx, { limit: limit + 1, offset, ...visibleTo(request) })
    const next = found.length > limit ? writeCursor('projects', offset + limit) : null
    return { items: found.slice(0, limit), next }
  })

  const datasetsSchema = {
    summary: 'Data sets and the versions that runs used, the latest used first',
    tags: ['projects'],
    querystring: {
      type: 'object',
      properties: {
        project: PROJECT_NAME,
        limit: { type: 'integer', minimum: 1, maximum: MAX_VERSIONS, default: MAX_VERSIONS },
      },
      additionalProperties: false,
    },
    response: answers(200, 'Data sets', list(OBJECT)),
  }
  app.get('/datasets', { ...read, schema: datasetsSchema }, async (request) => {
    const { project, limit } = request.query as { project?: string; limit: number }
    const { projectId: own } = principalOf(request)
    const scope = own === undefined ? {} : { projectId: own }
    const within = project === undefined ? scope : { projectId: (await findProject(ctx, project, scope)).id }
    return { items: await listDatasets(ctx, { ...within, limit }), next: null }
  })

  compareRoute(app, ctx)
}

function compareRoute(app: FastifyInstance, ctx: Ctx): void {
  const schema = {
    summary: 'What differs between runs',
    tags: ['runs'],
    querystring: {
      type: 'object',
      properties: {
        runs: {
          type: 'string',
          minLength: 1,
          maxLength: 2_000,
          description: '2 to 5 runs: churn#12,churn#14',
        },
      },
      required: ['runs'],
      additionalProperties: false,
    },
    response: answers(200, 'The runs and their differences', OBJECT),
  }
  app.get('/compare', { ...read, schema }, async (request) => {
    const { runs } = request.query as { runs: string }
    const refs = runs.split(',').map((ref) => ref.trim())
    if (refs.length > MAX_COMPARED) {
      throw invalid('runs', `A comparison takes at most ${MAX_COMPARED} runs.`, { value: refs.length })
    }
    const { projectId } = principalOf(request)
    return await compareRuns(ctx, await Promise.all(refs.map((ref) => findRun(ctx, ref, projectId))))
  })
}
