import { type RawBuilder, sql } from 'kysely'
import type { Direction } from '../../db/tables.ts'
import { TOLERANCE } from './better.ts'

/** `desc` or `asc`: behind a column of an `order by`, the best value comes first. */
export function bestFirstSql(direction: Direction): RawBuilder<unknown> {
  return direction === 'max' ? sql`desc` : sql`asc`
}

/** `isBetter` of better.ts, in SQL; both sides are doubles. */
export function isBetterSql(
  value: RawBuilder<unknown>,
  than: RawBuilder<unknown>,
  direction: Direction,
): RawBuilder<boolean> {
  return direction === 'max' ? sql`${value} > ${than}` : sql`${value} < ${than}`
}

/** The aggregate function whose result is the best of a column's values. */
export function bestOfSql(value: RawBuilder<unknown>, direction: Direction): RawBuilder<number> {
  return direction === 'max' ? sql`max(${value})` : sql`min(${value})`
}

/** `beats` of better.ts, in SQL. */
export function beatsSql({
  value,
  record,
  direction,
  minDelta,
}: {
  value: RawBuilder<unknown>
  record: number
  direction: Direction
  minDelta: number
}): RawBuilder<boolean> {
  const gain = direction === 'max' ? sql`${value} - ${record}::float8` : sql`${record}::float8 - ${value}`
  if (minDelta === 0) return sql`${gain} > 0`
  return sql`${gain} > 0 and ${gain} >= ${minDelta}::float8
    - ${TOLERANCE}::float8 * greatest(abs(${value}), abs(${record}::float8), ${minDelta}::float8)`
}
