import { type RawBuilder, sql } from 'kysely'
import type { Direction, MetricRow } from '../../db/tables.ts'
import type { Filter } from '../query/compile.ts'
import { firstRunId } from '../runs/new-run-id.ts'
import { columnSql, isFiniteSql } from '../values/run-value-sql.ts'
import { valueColumn } from '../values/run-value.ts'
import { bestFirstSql } from '../values/better-sql.ts'

/** How many runs are looked at, in the order of their values, for each one that is wanted. */
const LOOKS_PER_ROW = 100
const MAX_LOOKS = 5_000
/** Up to so many runs are found faster one by one than on a walk along the board. */
const MAX_SINGLE_LOOKUPS = 2_000

export interface BoardOrder {
  metric: MetricRow
  direction: Direction
}

/**
 * Queries of `run_id` and `value` for the rows of a board, ranked ones first, then those that diverged (`value` null).
 * Each reads the board's index in its order and never sorts the runs of a project.
 */

/** The first rows of the whole board. */
export function firstKeys(order: BoardOrder, top: number): RawBuilder<unknown> {
  return sql`with ${parts(order, sql`true`, top)} select * from ranked union all select * from diverged`
}

/**
 * The first rows with a value that fit, as long as they are found near the top: a filter that many runs pass is
 * answered at once. Fewer rows than `top` say nothing.
 * @param rank false: of the runs that ended but do not rank
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
 * The same among the runs that were made since the filter's time: ids rise with it, so that the index leads past all
 * older runs of equal values. Nothing where those runs are few, for then the whole board might be walked to find them.
 */
export function recentKeys(
  order: BoardOrder,
  filter: Filter & { since: Date },
  top: number,
  rank = true,
): RawBuilder<unknown> {
  const { since } = filter
  const started = sql`from runs where project_id = ${order.metric.project_id} and started_at >= ${since}`
  // Runs that were created before and got a later start, afterwards or in advance, are older by id than by start.
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
 * All that fit are collected first. Where they are few each is looked up; where they are many the board is walked
 * until enough of them were met.
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

/** Runs of a status that does not rank are on no board: those that fit are looked up and sorted. */
export function statusKeys(order: BoardOrder, filter: Filter, top: number): RawBuilder<unknown> {
  const { metric } = order
  const { value, finite } = chosen(metric)
  return sql`select summary.run_id, case when ${finite} then ${value} end as value from (${filter.fits}) run
    join metric_summaries summary on summary.project_id = run.project_id and summary.run_id = run.id
    where summary.metric_id = ${metric.id} ${bestFirst(order)} limit ${top}`
}

/** The ranked rows of a board and, where they do not fill it, those that diverged in the order of their runs. */
function parts(order: BoardOrder, condition: RawBuilder<boolean>, top: number): RawBuilder<unknown> {
  const { value, infinite } = chosen(order.metric)
  // planner-hint: null-order
  // They are all null, which the planner does not see: with it the index has the order.
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
 * The partition by its own name: asked for by `ended`, which no index holds, each row would be fetched from the table
 * just to look at that.
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
    // The least and the greatest are of finite points only.
    infinite:
      column === 'last_value' ? sql`${value} in ('NaN', 'Infinity', '-Infinity')` : sql`${value} is null`,
  }
}

function towards({ direction }: BoardOrder): RawBuilder<unknown> {
  return bestFirstSql(direction)
}

/** Of equal values the earlier run comes first; without a value at last. */
function bestFirst(order: BoardOrder): RawBuilder<unknown> {
  return sql`order by value ${towards(order)} nulls last, run_id`
}
