import type { PointColumns } from './packed-points.ts'
import { compareSteps, type Step } from '../db/step.ts'
import { areDistinct, isRising, pick } from './drop-repeats.ts'

/** What a board needs of a metric, kept beside its points: the columns of metric_summaries. */
export interface Summary {
  /** All stored points, those too whose step was logged again. What follows counts the value that came last of a step. */
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

/** Points that are stored together, in the order of their arrival. */
export interface Part {
  points: PointColumns
  /** False when they came without steps and were numbered. */
  stepped: boolean
}

/**
 * Adds points to a summary; null stands for a metric without any. Last is the highest step; of equal extremes the one
 * with the lowest step stays; of a step that is logged again the value that comes last counts.
 * @param stored what is stored of these steps, at least; may be empty where all steps are new
 * @returns stale where an extreme was replaced by a value that is none: `summarize` has to look at all points
 */
export function addToSummary(
  before: Summary | null,
  stored: Part[],
  { points, stepped }: Part,
): { summary: Summary; stale: boolean } {
  const summary = before === null ? empty(points.steps[0] as Step) : { ...before }
  const former = areNew(before, stored, points.steps) ? undefined : valuesOf(stored, new Set(points.steps))
  let stale = false
  const { steps, times, values } = points
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    const step = steps[index] as Step
    if (former !== undefined) {
      const old = former.get(step)
      if (old !== undefined && replace(summary, old, step, value)) stale = true
      former.set(step, value)
    }
    addLast(summary, value, step, times[index] as number, stepped)
    if (Number.isFinite(value)) addExtremes(summary, value, stepped ? step : null)
    else if (Number.isNaN(value)) summary.nans++
    else summary.infinities++
  }
  summary.points += values.length
  return { summary, stale }
}

function areNew(before: Summary | null, stored: Part[], steps: Step[]): boolean {
  if (before !== null && compareSteps(steps[0] as Step, before.max_seen_step) > 0 && isRising(steps))
    return true
  return stored.length === 0 && areDistinct(steps)
}

/** The value that came last of each wanted step. */
function valuesOf(stored: Part[], wanted: Set<Step>): Map<Step, number> {
  const values = new Map<Step, number>()
  for (const { points } of stored) {
    for (let index = 0; index < points.values.length; index++) {
      const step = points.steps[index] as Step
      if (wanted.has(step)) values.set(step, points.values[index] as number)
    }
  }
  return values
}

/** Takes a value out that another one of its step replaces. @returns whether it was an extreme that the new one is not */
function replace(summary: Summary, old: number, step: Step, value: number): boolean {
  if (Number.isNaN(old)) summary.nans--
  else if (!Number.isFinite(old)) summary.infinities--
  const { min_value, min_step, max_value, max_step } = summary
  const isFinite = Number.isFinite(value)
  // Without a step the extreme may be any point of that value.
  const wasMin =
    old === min_value && (min_step === null || (min_step === step && !(isFinite && value <= old)))
  const wasMax =
    old === max_value && (max_step === null || (max_step === step && !(isFinite && value >= old)))
  return wasMin || wasMax
}

/** The summary of all points of a metric. @param parts in the order of their arrival, at least one point */
export function summarize(parts: Part[]): Summary {
  const order = parts.flatMap(({ points, stepped }) =>
    points.steps.map((step, index) => ({
      step,
      stepped,
      value: points.values[index] as number,
      time: points.times[index] as number,
    })),
  )
  const current = [...new Map(order.map((one) => [one.step, one])).values()]
  let summary: Summary | null = null
  for (const { step, stepped, value, time } of current) {
    const points = { steps: [step], times: [time], values: Float64Array.of(value) }
    summary = addToSummary(summary, [], { points, stepped }).summary
  }
  return { ...(summary as Summary), points: order.length }
}

/** Of each step the point that came last. @param points in the order of steps, equal ones in that of their arrival */
export function currentPoints(points: PointColumns): PointColumns {
  if (isRising(points.steps)) return points
  const last = points.steps.flatMap((step, index) => (step === points.steps[index + 1] ? [] : [index]))
  return pick(points, last)
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

function addLast(summary: Summary, value: number, step: Step, time: number, stepped: boolean): void {
  if (compareSteps(step, summary.last_step) < 0) return
  summary.last_value = value
  summary.last_step = step
  summary.last_time = time
  summary.last_stepped = stepped
  if (step > summary.max_seen_step) summary.max_seen_step = step
}

function addExtremes(summary: Summary, value: number, step: Step | null): void {
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

/** The point that a summary keeps while it is the only one. */
export function onlyPoint(summary: Summary): Part | undefined {
  if (summary.points !== 1) return undefined
  const points = {
    steps: [summary.last_step],
    times: [summary.last_time],
    values: Float64Array.of(summary.last_value),
  }
  return { points, stepped: summary.last_stepped }
}
