import { type RawBuilder, sql } from 'kysely'
import type { Direction, MetricRow } from '../../db/tables.ts'
import type { Filter } from '../query/compile.ts'
import { firstRunId } from '../runs/new-run-id.ts'
import { columnSql, isFiniteSql } from '../values/run-value-sql.ts'
import { valueColumn } from '../values/run-value.ts'
import { bestFirstSql } from '../values/better-sql.ts'

/** Runs that a walk in the order of values reads at most, for each row of the board. */
const LOOKS_PER_ROW = 100
const MAX_LOOKS = 5_000
/** Up to this number of runs, one look-up each is faster than a walk along the board. */
const MAX_SINGLE_LOOKUPS = 2_000

export interface BoardOrder {
  metric: MetricRow
  direction: Direction
}

/**
 * Queries of `run_id` and `value` for the rows of a board, ranked ones first, then those that diverged (`value` null).
 * Each query reads the board's index in its order and never sorts the runs of a project.
 */

/** The first rows of the whole board. */
export function firstKeys(order: BoardOrder, top: number): RawBuilder<unknown> {
  return sql`with ${parts(order, sql`true`, top)} select * from ranked union all select * from diverged`
}

/**
 * The first matching rows with a value, among the runs near the top: fast for a filter that many runs pass. When it
 * finds fewer rows than `top`, there may be others further down.
 * @param rank false: reads the runs that ended but do not rank
 */
export function nearKeys(
  order: BoardOrder,
  filter: Filter,
  top: number,
  { rank = true, among = sql<boolean>`true` }: { rank?: boolean; among?: RawBuilder<boolean> } = {},
): RawBuilder<unknown> {
  const { metric } = order
  const looks = Math.max(top, Math.min(LOOKS_PER_ROW * top, MAX_LOOKS))
  // planner-hint: look-up-per-row
  // The offset keeps the planner from turning a look-up for each row into a join with all runs.
  const run = filter.readsRun
    ? sql`(select from runs run where run.project_id = ${metric.project_id} and run.id = near.run_id and ${filter.condition} offset 0)`
    : sql`(select from (select ${metric.project_id}::int as project_id, near.run_id as id) run where ${filter.condition} offset 0)`
  return sql`select near.run_id, near.value from (${ranked(order, among, sql`${looks}`, rank)}) near
    cross join lateral ${run} fit order by near.value ${towards(order)}, near.run_id limit ${top}`
}

/**
 * The same among the runs that were created since the filter's time. Ids grow with time, so the index skips all older
 * runs of equal values. Returns no rows when those runs are few, because it might read the whole board to find them.
 */
export function recentKeys(
  order: BoardOrder,
  filter: Filter & { since: Date },
  top: number,
  rank = true,
): RawBuilder<unknown> {
  const { since } = filter
  const started = sql`from runs where project_id = ${order.metric.project_id} and started_at >= ${since}`
  // Runs that were created before the time but started after it have older ids: they are found by their start.
  // index: runs_by_start, runs_started_late
  // planner-hint: late-starts-first
  // The offset keeps the planner from walking all runs in the order of their ids.
  const late = sql`select id from (select id ${started} and started_at > created_at offset 0) late order by id limit 1`
  const first = sql`least(${firstRunId(since)}::uuid, (${late}))`
  const among = sql<boolean>`(select count(*) from (select ${started} limit ${MAX_SINGLE_LOOKUPS + 1}) recent) > ${MAX_SINGLE_LOOKUPS}
    and summary.run_id >= (select ${first})`
  return nearKeys(order, filter, top, { rank, among })
}

/**
 * Collects all matching runs first. When they are few, each is looked up; when they are many, the query walks the
 * board until it has met enough of them.
 */
export function filteredKeys(order: BoardOrder, filter: Filter, top: number): RawBuilder<unknown> {
  const { metric } = order
  const { value, finite } = chosen(metric)
  // planner-hint: few-rows-hashed, few-by-key
  // Unnested, because the planner takes an unnested array for a few rows and hashes them, independent of its estimate of the filter.
  const met = sql<boolean>`(select size from fits) > ${MAX_SINGLE_LOOKUPS}
    and (summary.run_id in (select unnest(ids) from fits)) is true`
  return sql`with fits as materialized (select array_agg(id) as ids, count(*) as size from (${filter.fits}) run),
    few as materialized (select summary.run_id, case when ${finite} then ${value} end as value
      from unnest((select ids from fits)) as fit(id) cross join lateral (
        select * from metric_summaries summary where summary.project_id = ${metric.project_id}
          and summary.run_id = fit.id and summary.metric_id = ${metric.id} and summary.ranked offset 0) summary
      where (select size from fits) <= ${MAX_SINGLE_LOOKUPS} ${bestFirst(order)} limit ${top}),
    ${parts(order, met, top)}
    select * from few union all select * from ranked union all select * from diverged`
}

/** Runs with a status that does not rank are in no board's index: the matching ones are looked up and sorted. */
export function statusKeys(order: BoardOrder, filter: Filter, top: number): RawBuilder<unknown> {
  const { metric } = order
  const { value, finite } = chosen(metric)
  return sql`select summary.run_id, case when ${finite} then ${value} end as value from (${filter.fits}) run
    join metric_summaries summary on summary.project_id = run.project_id and summary.run_id = run.id
    where summary.metric_id = ${metric.id} ${bestFirst(order)} limit ${top}`
}

/** The ranked rows of a board and, when they are too few, the diverged ones in the order of their runs. */
function parts(order: BoardOrder, condition: RawBuilder<boolean>, top: number): RawBuilder<unknown> {
  const { value, infinite } = chosen(order.metric)
  // planner-hint: null-order
  // All values are null here, which the planner does not know: ordering by the value lets it use the index's order.
  const byRun =
    valueColumn(order.metric) === 'last_value'
      ? sql`summary.run_id`
      : sql`${value} ${towards(order)}, summary.run_id`
  return sql`ranked as materialized (${ranked(order, condition, sql`${top}`)}),
    diverged as materialized (select summary.run_id, null::float8 as value ${of(order)} and ${infinite} and ${condition}
      order by ${byRun} limit ${top} - (select count(*) from ranked))`
}

function ranked(
  order: BoardOrder,
  condition: RawBuilder<boolean>,
  limit: RawBuilder<unknown>,
  rank = true,
): RawBuilder<unknown> {
  const { value, finite } = chosen(order.metric)
  return sql`select summary.run_id, ${value} as value ${of(order, rank)} and ${finite} and ${condition}
    order by ${value} ${towards(order)}, summary.run_id limit ${limit}`
}

/**
 * Names the partition itself. No index contains `ended`, so a condition on it would fetch each row from the table.
 */
function of({ metric }: BoardOrder, rank = true): RawBuilder<unknown> {
  // index: summaries_by_max, summaries_by_min, summaries_by_last
  // planner-hint: ended-partition
  return sql`from metric_summaries_ended summary where summary.project_id = ${metric.project_id}
    and summary.metric_id = ${metric.id} and summary.ranked = ${sql.lit(rank)}`
}

function chosen(metric: MetricRow) {
  const column = valueColumn(metric)
  const value = columnSql(metric)
  return {
    value,
    finite: isFiniteSql(value),
    // min_value and max_value only count finite points.
    infinite:
      column === 'last_value' ? sql`${value} in ('NaN', 'Infinity', '-Infinity')` : sql`${value} is null`,
  }
}

function towards({ direction }: BoardOrder): RawBuilder<unknown> {
  return bestFirstSql(direction)
}

/** Equal values are ordered by run, the earlier first; rows without a value come last. */
function bestFirst(order: BoardOrder): RawBuilder<unknown> {
  return sql`order by value ${towards(order)} nulls last, run_id`
}
