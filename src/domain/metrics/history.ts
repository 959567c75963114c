import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { RunKey } from '../runs/types.ts'
import { findMetric } from './find-metric.ts'
import { readPoints } from './read-points.ts'
import { thinPoints } from './thin-points.ts'

export interface History {
  metric: string
  /** How many points are stored; more than are shown when they were thinned. */
  count: number
  points: { step: Step; value: number | string; time: string }[]
}

/** A metric's points by step, then time; with `max` thinned to so many. */
export async function readHistory(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  name: string,
  { max }: { max?: number } = {},
): Promise<History> {
  const project = await ctx.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('id', '=', key.projectId)
    .executeTakeFirstOrThrow()
  const metric = await findMetric(ctx, project, name)
  const points = await readPoints(ctx, key, metric.id)
  const { steps, times, values } = max === undefined ? points : thinPoints(points, max)
  return {
    metric: name,
    count: points.values.length,
    points: Array.from(values, (value, index) => ({
      step: steps[index] as Step,
      value: Number.isFinite(value) ? value : String(value),
      time: new Date(times[index] as number).toISOString(),
    })),
  }
}
