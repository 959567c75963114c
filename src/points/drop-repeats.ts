import type { PointColumns } from './packed-points.ts'
import { compareSteps, type Step } from '../db/step.ts'
import type { Given } from './blocks.ts'

/** Points with steps as they were sent, in the order of their arrival. */
export interface SentColumns extends PointColumns {
  /** Where false, the time is that of the arrival, and the point repeats one of any time. */
  given: Given
}

/**
 * Leaves out the points that are already there: same step and value, and the same time where one was sent.
 * A blind retry of a whole batch therefore changes nothing. Works within the batch too.
 * @param stored the points of the metric whose steps the batch touches
 */
export function dropRepeats(sent: SentColumns, stored: PointColumns[]): PointColumns {
  // Steps of their own cannot repeat each other: the usual case, without a look at single points.
  if (stored.length === 0 && areDistinct(sent.steps)) return sent
  const known: Known = stored.length === 0 ? new Map() : knownPoints(stored, new Set(sent.steps))
  const fresh: number[] = []
  for (let index = 0; index < sent.values.length; index++) {
    const step = sent.steps[index] as Step
    const value = sent.values[index] as number
    const time = sent.times[index] as number
    const given = isGiven(sent.given, index)
    const seen = known.get(step)
    if (seen?.some((one) => Object.is(one.value, value) && (!given || one.time === time)) === true) continue
    remember(known, step, value, time)
    fresh.push(index)
  }
  return fresh.length === sent.values.length ? sent : pick(sent, fresh)
}

function isGiven(given: Given, index: number): boolean {
  return given === true || (given !== false && given[index] === true)
}

/** The chosen points, in the order of `indexes`. */
export function pick({ steps, times, values }: PointColumns, indexes: ArrayLike<number>): PointColumns {
  const chosen = Array.from(indexes)
  return {
    steps: chosen.map((index) => steps[index] as Step),
    times: chosen.map((index) => times[index] as number),
    values: Float64Array.from(chosen, (index) => values[index] as number),
  }
}

/** Whether no step comes twice. */
export function areDistinct(steps: Step[]): boolean {
  return isRising(steps) || new Set(steps).size === steps.length
}

/** Whether each step is above the one before. */
export function isRising(steps: Step[]): boolean {
  for (let index = 1; index < steps.length; index++)
    if (compareSteps(steps[index - 1] as Step, steps[index] as Step) >= 0) return false
  return true
}

/** What is known of a step: the values that were logged for it, with their times. */
type Known = Map<Step, { value: number; time: number }[]>

function knownPoints(stored: PointColumns[], wanted: Set<Step>): Known {
  const known: Known = new Map()
  for (const { steps, times, values } of stored) {
    for (let index = 0; index < values.length; index++) {
      const step = steps[index] as Step
      if (wanted.has(step)) remember(known, step, values[index] as number, times[index] as number)
    }
  }
  return known
}

function remember(known: Known, step: Step, value: number, time: number): void {
  const seen = known.get(step)
  if (seen === undefined) known.set(step, [{ value, time }])
  else seen.push({ value, time })
}
