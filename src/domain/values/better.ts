import type { Direction } from '../../db/tables.ts'

/** Doubles that differ by less, relative to their size, count as equal where a threshold is compared. */
export const TOLERANCE = 1e-9

/** Greater for a better value: to compare and to sort by. */
export function goodness(value: number, direction: Direction): number {
  return direction === 'max' ? value : -value
}

export function isBetter(value: number, than: number, direction: Direction): boolean {
  return goodness(value, direction) > goodness(than, direction)
}

/** The best of some finite values, one at least. */
export function bestValue(values: number[], direction: Direction): number {
  return direction === 'max' ? Math.max(...values) : Math.min(...values)
}

/** 'higher is better' */
export function betterWords(direction: Direction): string {
  return direction === 'max' ? 'higher is better' : 'lower is better'
}

/**
 * Whether a value beats the record: better at all, or by at least `minDelta` when one is set. 0.94 beats 0.93 by
 * 0.01, although their difference as doubles is a hair less. `beatsSql` is the same in SQL.
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
  const gain = goodness(value, direction) - goodness(record, direction)
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
  return isBetter(after, before, direction) ? 'better' : 'worse'
}
