import { type RawBuilder, sql } from 'kysely'
import type { Step } from '../../db/step.ts'
import { type Choice, valueColumn } from './run-value.ts'

/**
 * A run's value of a metric by the metric's aggregate, in SQL: `summary` and `metric` are the aliases of
 * metric_summaries and metrics. Null or non-finite where the run diverged.
 */
export function valueSql(summary: string, metric: string): RawBuilder<number | null> {
  return sql`(case ${kind(metric)} when 'max' then ${sql.ref(`${summary}.max_value`)}
    when 'min' then ${sql.ref(`${summary}.min_value`)} else ${sql.ref(`${summary}.last_value`)} end)`
}

function kind(metric: string): RawBuilder<string> {
  const aggregate = sql.ref(`${metric}.aggregate`)
  return sql`case when ${aggregate} = 'best' then coalesce(${sql.ref(`${metric}.direction`)}, 'last') else ${aggregate} end`
}

/** The same of one metric, on rows `summary`: a plain column, so that its index serves. */
export function columnSql(metric: Choice): RawBuilder<number | null> {
  return sql.ref(`summary.${valueColumn(metric)}`)
}

/** The step of that value, on rows `summary`; null when the sender gave no steps. */
export function stepSql(metric: Choice): RawBuilder<Step | null> {
  const column = valueColumn(metric)
  if (column === 'last_value') return sql`case when summary.last_stepped then summary.last_step end`
  return sql.ref(`summary.${column === 'max_value' ? 'max_step' : 'min_step'}`)
}

/** Leaves out NaN and infinities; null fails too. */
export function isFiniteSql(value: RawBuilder<number | null>): RawBuilder<boolean> {
  return sql`(${value} > '-Infinity'::float8 and ${value} < 'Infinity'::float8)`
}
