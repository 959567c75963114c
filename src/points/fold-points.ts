import type { PointColumns } from './packed-points.ts'
import { compareSteps, type Step } from '../db/step.ts'

/** What a board needs of a metric, kept beside its points: the columns of metric_summaries. */
export interface Summary {
  points: number
  nans: number
  infinities: number
  last_value: number
  last_step: Step
  last_time: number
  last_stepped: boolean
  min_value: number | null
  min_step: Step | null
  max_value: number | null
  max_step: Step | null
  max_seen_step: Step
}

/**
 * Adds points to a summary; null stands for a metric without any. The result does not depend on the order in which
 * points arrive: last is the highest step (then the latest time), and of equal extremes the one with the lowest step
 * stays.
 */
export function foldPoints(
  before: Summary | null,
  { steps, times, values }: PointColumns,
  stepped: boolean,
): Summary | null {
  if (values.length === 0) return before
  const summary = before === null ? empty(steps[0] as Step) : { ...before }
  summary.points += values.length
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    const step = steps[index] as Step
    foldLast(summary, value, step, times[index] as number, stepped)
    if (Number.isFinite(value)) foldExtremes(summary, value, stepped ? step : null)
    else if (Number.isNaN(value)) summary.nans++
    else summary.infinities++
  }
  return summary
}

/** Older than any point. */
function empty(step: Step): Summary {
  return {
    points: 0,
    nans: 0,
    infinities: 0,
    last_value: Number.NaN,
    last_step: step,
    last_time: Number.NEGATIVE_INFINITY,
    last_stepped: false,
    min_value: null,
    min_step: null,
    max_value: null,
    max_step: null,
    max_seen_step: step,
  }
}

function foldLast(summary: Summary, value: number, step: Step, time: number, stepped: boolean): void {
  const order = compareSteps(step, summary.last_step)
  if (order < 0 || (order === 0 && time < summary.last_time)) return
  summary.last_value = value
  summary.last_step = step
  summary.last_time = time
  summary.last_stepped = stepped
  if (step > summary.max_seen_step) summary.max_seen_step = step
}

function foldExtremes(summary: Summary, value: number, step: Step | null): void {
  const { min_value: least, max_value: most } = summary
  if (least === null || value < least || (value === least && isEarlier(step, summary.min_step))) {
    summary.min_value = value
    summary.min_step = step
  }
  if (most === null || value > most || (value === most && isEarlier(step, summary.max_step))) {
    summary.max_value = value
    summary.max_step = step
  }
}

function isEarlier(step: Step | null, current: Step | null): boolean {
  return step !== null && current !== null && step < current
}
