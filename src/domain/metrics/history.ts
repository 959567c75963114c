import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { RunKey } from '../../db/tables.ts'
import * as points from '../../points/index.ts'
import { findMetric } from './find-metric.ts'

export interface HistoryColumns {
  metric: string
  /** How many points are stored; more than are shown when they were thinned. */
  count: number
  points: points.PointColumns
}

/** A metric's points by step, then time; with `max` thinned to so many. */
export async function readColumns(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  name: string,
  { max }: { max?: number } = {},
): Promise<HistoryColumns> {
  const project = await ctx.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('id', '=', key.projectId)
    .executeTakeFirstOrThrow()
  const metric = await findMetric(ctx, project, name)
  return { metric: name, ...(await points.read(ctx, key, metric.id, { max })) }
}

export interface History {
  metric: string
  count: number
  points: { step: Step; value: number | string; time: string }[]
}

/** The same point by point. */
export async function readHistory(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  name: string,
  options: { max?: number } = {},
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
