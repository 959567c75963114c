import { compareSteps, type Step } from '../../db/step.ts'

/** A point that is about to be stored; `step` is ours when the sender gave none. */
export interface Point {
  step: Step
  time: number
  value: number
}

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
 * Adds points to a summary. The result does not depend on the order in which points arrive: last is the highest
 * step (then the latest time), and of equal extremes the one with the lowest step stays.
 */
export function foldPoints(before: Summary | null, points: Point[], stepped: boolean): Summary | null {
  let summary = before
  for (const point of points) summary = foldPoint(summary, point, stepped)
  return summary
}

function foldPoint(before: Summary | null, point: Point, stepped: boolean): Summary {
  const { step, time, value } = point
  const shownStep = stepped ? step : null
  const finite = Number.isFinite(value)
  if (before === null) {
    return {
      points: 1,
      nans: Number.isNaN(value) ? 1 : 0,
      infinities: isInfinite(value) ? 1 : 0,
      last_value: value,
      last_step: step,
      last_time: time,
      last_stepped: stepped,
      min_value: finite ? value : null,
      min_step: finite ? shownStep : null,
      max_value: finite ? value : null,
      max_step: finite ? shownStep : null,
      max_seen_step: step,
    }
  }
  const order = compareSteps(step, before.last_step)
  const isLast = order > 0 || (order === 0 && time >= before.last_time)
  const lower = finite && isBetter(value, before.min_value, shownStep, before.min_step, (a, b) => a < b)
  const higher = finite && isBetter(value, before.max_value, shownStep, before.max_step, (a, b) => a > b)
  return {
    points: before.points + 1,
    nans: before.nans + (Number.isNaN(value) ? 1 : 0),
    infinities: before.infinities + (isInfinite(value) ? 1 : 0),
    last_value: isLast ? value : before.last_value,
    last_step: isLast ? step : before.last_step,
    last_time: isLast ? time : before.last_time,
    last_stepped: isLast ? stepped : before.last_stepped,
    min_value: lower ? value : before.min_value,
    min_step: lower ? shownStep : before.min_step,
    max_value: higher ? value : before.max_value,
    max_step: higher ? shownStep : before.max_step,
    max_seen_step: compareSteps(step, before.max_seen_step) > 0 ? step : before.max_seen_step,
  }
}

function isBetter(
  value: number,
  held: number | null,
  step: Step | null,
  heldStep: Step | null,
  beyond: (a: number, b: number) => boolean,
): boolean {
  if (held === null || beyond(value, held)) return true
  return value === held && step !== null && heldStep !== null && compareSteps(step, heldStep) < 0
}

function isInfinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
}
