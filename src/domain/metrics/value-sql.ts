import { type RawBuilder, sql } from 'kysely'
import type { MetricRow } from '../../db/tables.ts'

/**
 * A run's value of a metric by the metric's aggregate, in SQL: `summary` and `metric` are the aliases of
 * metric_summaries and metrics. Null or non-finite where the run diverged.
 */
export function valueSql(summary: string, metric: string): RawBuilder<number | null> {
  return sql`(case ${kind(metric)} when 'max' then ${sql.ref(`${summary}.max_value`)}
    when 'min' then ${sql.ref(`${summary}.min_value`)} else ${sql.ref(`${summary}.last_value`)} end)`
}

/** Leaves out NaN and infinities; null fails too. */
export function isFiniteSql(value: RawBuilder<number | null>): RawBuilder<boolean> {
  return sql`(${value} > '-Infinity'::float8 and ${value} < 'Infinity'::float8)`
}

function kind(metric: string): RawBuilder<string> {
  const aggregate = sql.ref(`${metric}.aggregate`)
  return sql`case when ${aggregate} = 'best' then coalesce(${sql.ref(`${metric}.direction`)}, 'last') else ${aggregate} end`
}

/** The column of metric_summaries that `valueSql` comes to for this metric: a plain one, so that its index serves. */
export function valueColumn({
  aggregate,
  direction,
}: Pick<MetricRow, 'aggregate' | 'direction'>): 'max_value' | 'min_value' | 'last_value' {
  return `${aggregate === 'best' ? (direction ?? 'last') : aggregate}_value`
}
