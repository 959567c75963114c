import type { Step } from '../../db/step.ts'
import type { Point } from './fold-points.ts'

/** A point as it was sent: its time is null when the sender left it to us. */
export interface SentPoint {
  step: Step
  time: number | null
  value: number
}

/**
 * Leaves out the points that are already there: same step and value, and the same time where one was sent.
 * A blind retry of a whole batch therefore changes nothing. Works within the batch too.
 * @param stored the points of the metric whose steps the batch touches
 * @param now the time of acceptance in milliseconds, for points that came without
 */
export function dropRepeats(sent: SentPoint[], stored: Iterable<Point>, now: number): Point[] {
  const known = new Map<string, Set<number>>()
  for (const point of stored) remember(known, point)
  const fresh: Point[] = []
  for (const point of sent) {
    const times = known.get(identity(point))
    if (times !== undefined && (point.time === null || times.has(point.time))) continue
    const accepted = { step: point.step, time: point.time ?? now, value: point.value }
    remember(known, accepted)
    fresh.push(accepted)
  }
  return fresh
}

function remember(known: Map<string, Set<number>>, point: Point): void {
  const key = identity(point)
  const times = known.get(key)
  if (times === undefined) known.set(key, new Set([point.time]))
  else times.add(point.time)
}

function identity({ step, value }: { step: Step; value: number }): string {
  return `${step}|${Object.is(value, -0) ? '-0' : value}`
}
