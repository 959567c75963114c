import type { Ctx } from '../../../context.ts'
import type { Step } from '../../../db/step.ts'
import type { RunKey } from '../../../db/tables.ts'
import * as points from '../../../points/index.ts'
import { foldRuns } from '../status/fold-runs.ts'
import { findMetric } from '../../metrics/find-metric.ts'

export interface HistoryColumns {
  metric: string
  /** How many points there are; more than are shown when they were thinned. */
  count: number
  points: points.PointColumns
}

/** A metric's points, all that were acknowledged, as `points.read` gives them. */
export async function readColumns(
  ctx: Ctx,
  key: RunKey,
  name: string,
  options: points.ReadOptions = {},
): Promise<HistoryColumns> {
  const project = await ctx.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('id', '=', key.projectId)
    .executeTakeFirstOrThrow()
  const metric = await findMetric(ctx, project, name)
  await foldRuns(ctx, [key])
  return { metric: name, ...(await points.read(ctx, key, metric.id, options)) }
}

export interface History {
  metric: string
  count: number
  points: { step: Step; value: number | string; time: string }[]
}

/** The same point by point. */
export async function readHistory(
  ctx: Ctx,
  key: RunKey,
  name: string,
  options: points.ReadOptions = {},
): Promise<History> {
  const { metric, count, points: columns } = await readColumns(ctx, key, name, options)
  const { steps, times, values } = columns
  return {
    metric,
    count,
    points: Array.from(values, (value, index) => ({
      step: steps[index] as Step,
      value: Number.isFinite(value) ? value : String(value),
      time: new Date(times[index] as number).toISOString(),
    })),
  }
}
