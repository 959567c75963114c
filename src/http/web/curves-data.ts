import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { readHistory } from '../../domain/runs/read/history.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import { readRuns } from '../../domain/runs/read/read-run.ts'
import { foldRuns } from '../../domain/runs/status/fold-runs.ts'
import { invalid } from '../../errors.ts'
import { principalOf } from '../auth.ts'

/** More than a screen has columns, so that a zoomed part still shows its detail. */
const POINTS_LIMIT = 4_000
const MAX_RUNS = 5

interface CurvesQuery {
  metric?: string
  run?: string | string[]
}

/** One metric of one to five runs as columns, for the script that draws it: what is not finite is null. */
export function curvesData(app: FastifyInstance, ctx: Ctx): void {
  app.get('/curves', async (request, reply) => {
    const { metric = '', run = [] } = request.query as CurvesQuery
    const refs = typeof run === 'string' ? [run] : run
    if (refs.length === 0 || refs.length > MAX_RUNS)
      throw invalid('run', `Curves are of one to ${MAX_RUNS} runs.`, { value: refs.length })
    const { projectId } = principalOf(request)
    const keys = await Promise.all(refs.map((ref) => findRun(ctx, ref, projectId)))
    await foldRuns(ctx, keys)
    const views = await readRuns(ctx, keys)
    const series = await Promise.all(
      views.map(async ({ id, ref, name, metrics }) => {
        const key = keys.find(({ runId }) => runId === id)
        if (key === undefined || metrics[metric] === undefined) return []
        const { count, points } = await readHistory(ctx, key, metric, { max: POINTS_LIMIT })
        const steps = points.map(({ step }) => Number(step))
        const values = points.map(({ value }) => (typeof value === 'number' ? value : null))
        return [{ ref, name, count, steps, values }]
      }),
    )
    return reply.header('cache-control', 'no-store').send({ metric, series: series.flat() })
  })
}

/** Where the script finds the points of a metric. */
export function curvesAddress(metric: string, refs: string[]): string {
  const query = new URLSearchParams({ metric })
  for (const ref of refs) query.append('run', ref)
  return `/curves?${query.toString()}`
}
