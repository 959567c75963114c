import type { Ctx } from '../../context.ts'
import { compareSteps, type Step } from '../../db/step.ts'
import { findMetric } from './find-metric.ts'
import type { RunKey } from '../runs/types.ts'
import type { Point } from './fold-points.ts'

export interface History {
  metric: string
  /** How many points are stored; more than are shown when they were thinned. */
  count: number
  points: { step: Step; value: number | string; time: string }[]
}

/**
 * A metric's points by step, then time. With `max`, of every stretch of steps the lowest and the highest value stay,
 * so that a spike is never thinned away.
 */
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
  const shown = max === undefined || points.length <= max ? points : thin(points, max)
  return {
    metric: name,
    count: points.length,
    points: shown.map(({ step, value, time }) => ({
      step,
      value: Number.isFinite(value) ? value : String(value),
      time: new Date(time).toISOString(),
    })),
  }
}

export async function readPoints(ctx: Pick<Ctx, 'db'>, key: RunKey, metricId: number): Promise<Point[]> {
  const chunks = await ctx.db
    .selectFrom('metric_chunks')
    .select(['steps', 'times', 'points'])
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', key.runId)
    .where('metric_id', '=', metricId)
    .orderBy('id')
    .execute()
  const points = chunks.flatMap(({ steps, times, points: values }) =>
    values.map((value, index) => ({ step: steps[index] as Step, time: Number(times[index]), value })),
  )
  return points.toSorted((a, b) => compareSteps(a.step, b.step) || a.time - b.time)
}

/** Lowest and highest of each of `max / 2` equal stretches; first and last always stay. */
export function thin(points: Point[], max: number): Point[] {
  if (max < 4)
    return points.filter((_point, index) => index === 0 || index === points.length - 1).slice(0, max)
  const stretches = Math.floor((max - 2) / 2)
  const inner = points.slice(1, -1)
  const kept: Point[] = points.slice(0, 1)
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * inner.length) / stretches)
    const part = inner.slice(from, Math.floor(((stretch + 1) * inner.length) / stretches))
    kept.push(...extremes(part))
  }
  return [...kept, ...points.slice(-1)]
}

function extremes(part: Point[]): Point[] {
  const finite = part.filter(({ value }) => Number.isFinite(value))
  const [first] = part
  if (finite.length === 0) return first === undefined ? [] : [first]
  const low = finite.reduce((a, b) => (b.value < a.value ? b : a))
  const high = finite.reduce((a, b) => (b.value > a.value ? b : a))
  if (low === high) return [low]
  return part.indexOf(low) < part.indexOf(high) ? [low, high] : [high, low]
}
