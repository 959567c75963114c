import type { PointColumns } from './packed-points.ts'
import { compareSteps, type Step } from '../db/step.ts'

/** Points with steps as they were sent; a time is null, or all are, when the sender left it to us. */
export interface SentColumns {
  steps: Step[]
  times: (number | null)[] | null
  values: Float64Array
}

/**
 * Leaves out the points that are already there: same step and value, and the same time where one was sent.
 * A blind retry of a whole batch therefore changes nothing. Works within the batch too.
 * @param stored the points of the metric whose steps the batch touches
 * @param now the time of acceptance in milliseconds, for points that came without
 */
export function dropRepeats(sent: SentColumns, stored: PointColumns[], now: number): PointColumns {
  const times = sent.times === null ? null : sent.times.map((time) => time ?? now)
  const whole = { ...sent, times: times ?? sent.steps.map(() => now) }
  // Steps of their own cannot repeat each other: the usual case, without a look at single points.
  if (stored.length === 0 && areDistinct(sent.steps)) return whole
  const known = knownPoints(stored, new Set(sent.steps))
  const fresh: number[] = []
  for (let index = 0; index < sent.values.length; index++) {
    const times = known.get(identity(sent.steps[index] as Step, sent.values[index] as number))
    const time = sent.times?.[index] ?? null
    if (times !== undefined && (time === null || times.has(time))) continue
    remember(known, sent.steps[index] as Step, sent.values[index] as number, time ?? now)
    fresh.push(index)
  }
  return fresh.length === sent.values.length ? whole : pick(whole, fresh)
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

function areDistinct(steps: Step[]): boolean {
  for (let index = 1; index < steps.length; index++) {
    if (compareSteps(steps[index - 1] as Step, steps[index] as Step) >= 0)
      return new Set(steps).size === steps.length
  }
  return true
}

type Known = Map<string, Set<number>>

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
  const key = identity(step, value)
  const times = known.get(key)
  if (times === undefined) known.set(key, new Set([time]))
  else times.add(time)
}

function identity(step: Step, value: number): string {
  return `${step}|${Object.is(value, -0) ? '-0' : value}`
}
