import type { Direction } from '../../db/tables.ts'

/** Doubles that differ by less, relative to their size, count as equal where a threshold is compared. */
export const TOLERANCE = 1e-9

/**
 * Whether a value takes the record: better at all, or by at least `minDelta` when one is set. 0.94 beats 0.93 by
 * 0.01, although their difference as doubles is a hair less.
 */
export function beats({
  value,
  record,
  direction,
  minDelta,
}: {
  value: number
  record: number
  direction: Direction
  minDelta: number
}): boolean {
  const gain = direction === 'max' ? value - record : record - value
  // Among large values the tolerance may exceed a small minDelta: a tie is no gain all the same.
  if (minDelta === 0 || !(gain > 0)) return gain > 0
  return gain >= minDelta - TOLERANCE * Math.max(Math.abs(value), Math.abs(record), minDelta)
}

/** In words, by the metric's direction; 'equal' and 'different' are words too. */
export function comparison(
  before: number,
  after: number,
  direction: Direction | null,
): 'better' | 'worse' | 'equal' | 'different' {
  if (before === after) return 'equal'
  if (direction === null || !Number.isFinite(before) || !Number.isFinite(after)) return 'different'
  return after > before === (direction === 'max') ? 'better' : 'worse'
}
