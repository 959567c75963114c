import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { Aggregate, Direction, MetricRow } from '../../db/tables.ts'
import { areComparable } from '../datasets/compare-data.ts'
import type { Project } from '../projects/resolve-project.ts'
import { compileClauses, type Filter } from '../query/compile.ts'
import type { PlainClause } from '../query/parse.ts'
import { runUrl } from '../runs/run-url.ts'
import { type BoardOrder, filteredKeys, firstKeys, nearKeys, recentKeys, statusKeys } from './board-keys.ts'
import { requireDirection } from '../metrics/find-metric.ts'
import { columnSql, isFiniteSql, stepSql } from '../values/run-value-sql.ts'
import { refOf } from '../values/ref.ts'
import { bestFirstSql } from '../values/better-sql.ts'
import { isBetter } from '../values/better.ts'

export interface BoardRow {
  /** Null for a run that diverged: it is listed last. */
  rank: number | null
  run: {
    id: string
    ref: string
    name: string | null
    owner: string | null
    commit: string | null
    url: string
  }
  value: number | null
  step: Step | null
  /** The number of seeds of finished runs with the same inputs, this run's included. */
  seeds: number
  data: { name: string; version: string }[]
  /** False: the run used other data than the first row, so their values cannot be compared. */
  comparable: boolean
  ended_at: string | null
}

export interface Board {
  project: string
  metric: string
  direction: Direction
  aggregate: Aggregate
  unit: string | null
  rows: BoardRow[]
  /** Whether all rows are comparable with the first. */
  comparable: boolean
  /** A running run whose present value would be first. */
  ahead: { ref: string; url: string; value: number } | null
}

export interface BoardInput {
  project: Project
  metric: MetricRow
  clauses?: PlainClause[]
  top: number
}

/**
 * A project's runs in the order of a metric: the finished ones, unless the clauses name a status. Of runs with equal
 * values the earlier one comes first; runs without a finite value come last and have no rank.
 * @throws AppError conflict while the metric has no direction
 */
export async function leaderboard(ctx: Pick<Ctx, 'db' | 'publicUrl'>, input: BoardInput): Promise<Board> {
  const { project, metric, clauses = [], top } = input
  const order = { metric, direction: requireDirection(project, metric) }
  const unranked = unrankedClauses(clauses)
  const rank = unranked === undefined ? true : rankOf(unranked)
  const filter = await compileClauses(ctx, unranked ?? clauses, project.id, { ranked: rank === true })
  const [rows, running] = await Promise.all([
    readRows(ctx, order, { filter, top, rank, filtered: clauses.length > 0 }),
    unranked === undefined ? bestRunning(ctx, order, filter) : undefined,
  ])
  const [first] = rows
  const board = rows.map((row, index) => shown(ctx, project, row, index + 1, first))
  const ahead = running !== undefined && isAhead(running, first, order.direction) ? running : null
  return {
    project: project.name,
    metric: metric.name,
    direction: order.direction,
    aggregate: metric.aggregate,
    unit: metric.unit,
    rows: board,
    comparable: board.every(({ comparable }) => comparable),
    ahead:
      ahead === null
        ? null
        : {
            ref: refOf(project.name, ahead.number),
            url: runUrl(ctx, project.name, ahead.number),
            value: ahead.value,
          },
  }
}

/**
 * The clauses of a query for runs that do not rank, completed: a query for a status leaves out invalid runs, and one
 * for invalid runs means finished ones. Undefined for a query for runs that rank.
 */
function unrankedClauses(clauses: PlainClause[]): PlainClause[] | undefined {
  const anyStatus = clauses.some(({ kind }) => kind === 'status')
  const invalid = clauses.some(
    (clause) => clause.kind === 'is' && clause.what === 'invalid' && !clause.negated,
  )
  if (!anyStatus && !invalid) return undefined
  const implied = { token: '', position: 0 }
  return [
    ...clauses,
    ...(invalid ? [] : [{ kind: 'is', what: 'invalid', negated: true, ...implied } as const]),
    ...(anyStatus ? [] : [{ kind: 'status', status: 'finished', negated: false, ...implied } as const]),
  ]
}

/** True when all matching runs rank, false when all have ended but do not rank, undefined when both may match. */
function rankOf(clauses: PlainClause[]): boolean | undefined {
  const asked = clauses.filter(({ negated }) => !negated)
  const statuses = asked.flatMap((clause) => (clause.kind === 'status' ? [clause.status] : []))
  if (asked.some((clause) => clause.kind === 'is' && clause.what === 'invalid')) return false
  if (statuses.some((status) => status !== 'finished' && status !== 'running')) return false
  return statuses.includes('finished') ? true : undefined
}

function shown(
  ctx: Pick<Ctx, 'publicUrl'>,
  project: Project,
  row: Row,
  place: number,
  first: Row | undefined,
): BoardRow {
  return {
    rank: row.value === null ? null : place,
    run: {
      id: row.run_id,
      ref: refOf(project.name, row.number),
      name: row.name,
      owner: row.owner,
      commit: row.commit,
      url: runUrl(ctx, project.name, row.number),
    },
    value: row.value,
    step: row.value === null ? null : row.step,
    seeds: row.seeds,
    data: row.data,
    comparable: first === undefined || areComparable([first.data, row.data]),
    ended_at: row.ended_at?.toISOString() ?? null,
  }
}

interface Asked {
  filter: Filter
  top: number
  filtered: boolean
  rank: boolean | undefined
}

async function readRows(
  ctx: Pick<Ctx, 'db'>,
  order: BoardOrder,
  { filter, top, filtered, rank }: Asked,
): Promise<Row[]> {
  if (!filtered) return await readDetails(ctx, order, firstKeys(order, top))
  for (const keys of rank === undefined ? [] : quickKeys(order, filter, top, rank)) {
    const rows = await readDetails(ctx, order, keys)
    if (rows.length === top) return rows
  }
  const all = rank === true ? filteredKeys : statusKeys
  return await readDetails(ctx, order, all(order, filter, top))
}

/** Queries to try first: they may find too few rows, but cost little. */
function quickKeys(order: BoardOrder, filter: Filter, top: number, rank: boolean): RawBuilder<unknown>[] {
  const near = nearKeys(order, filter, top, { rank })
  const { since } = filter
  return since === undefined ? [near] : [near, recentKeys(order, { ...filter, since }, top, rank)]
}

interface Row {
  run_id: string
  number: number
  name: string | null
  owner: string | null
  commit: string | null
  ended_at: Date | null
  value: number | null
  step: Step | null
  seeds: number
  data: { name: string; version: string }[]
}

/** The columns that a board shows, for the run keys it found. */
async function readDetails(
  ctx: Pick<Ctx, 'db'>,
  { metric, direction }: BoardOrder,
  keys: RawBuilder<unknown>,
): Promise<Row[]> {
  // planner-hint: details-by-key
  const { rows } = await sql<Row>`with found as materialized (${keys})
    select found.run_id, found.value, ${stepSql(metric)} as step, run.number, run.name, run.owner, run.code_commit as commit, run.ended_at,
      (select greatest(1, count(distinct twin.seed))::int from runs twin where twin.project_id = run.project_id
        and twin.seed_group = run.seed_group and twin.status = 'finished' and twin.invalidated_at is null) as seeds,
      coalesce((select json_agg(json_build_object('name', part.name, 'version', part.version) order by part.name)
        from run_data part where part.project_id = run.project_id and part.run_id = run.id), '[]') as data
    from found cross join lateral (
      select * from metric_summaries where project_id = ${metric.project_id} and run_id = found.run_id and metric_id = ${metric.id} offset 0) summary
    cross join lateral (select * from runs where project_id = ${metric.project_id} and id = found.run_id offset 0) run
    order by found.value ${bestFirstSql(direction)} nulls last, found.run_id`.execute(ctx.db)
  return rows
}

interface Running {
  number: number
  value: number
}

/** The best running run that matches the filter. */
async function bestRunning(
  ctx: Pick<Ctx, 'db'>,
  { metric, direction }: BoardOrder,
  filter: Filter,
): Promise<Running | undefined> {
  const value = columnSql(metric)
  // index: runs_alive
  // planner-hint: running-by-key
  const { rows } = await sql<Running>`
    select alive.number, ${value} as value from (
      select project_id, id, number from runs
        where status = 'running' and invalidated_at is null and project_id = ${metric.project_id} offset 0) alive
    cross join lateral (select * from metric_summaries where project_id = ${metric.project_id} and run_id = alive.id and metric_id = ${metric.id} offset 0) summary
    cross join lateral (select from runs run where run.project_id = alive.project_id and run.id = alive.id and ${filter.condition} offset 0) fit
    where ${isFiniteSql(value)}
    order by ${value} ${bestFirstSql(direction)}, alive.id limit 1`.execute(ctx.db)
  return rows[0]
}

function isAhead({ value }: Running, first: Row | undefined, direction: Direction): boolean {
  const best = first?.value ?? null
  return best === null || isBetter(value, best, direction)
}
