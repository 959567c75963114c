import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { Aggregate, Direction, MetricRow } from '../../db/tables.ts'
import type { Project } from '../projects/resolve-project.ts'
import { compileClauses } from '../query/compile.ts'
import type { PlainClause } from '../query/parse.ts'
import { runUrl } from '../runs/run-url.ts'
import { requireDirection } from './find-metric.ts'
import { isFiniteSql, valueSql } from './value-sql.ts'

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
  /** Finished runs with the same inputs but other seeds, this one included. */
  seeds: number
  data: { name: string; version: string }[]
  ended_at: string | null
}

export interface Board {
  project: string
  metric: string
  direction: Direction
  aggregate: Aggregate
  unit: string | null
  rows: BoardRow[]
  /** A running run that would stand first. */
  ahead: { ref: string; url: string; value: number } | null
}

export interface BoardInput {
  project: Project
  metric: MetricRow
  clauses?: PlainClause[]
  top: number
}

/**
 * A project's runs in the order of a metric: finished ones, unless the clauses name a status. Of equal values the
 * earlier run comes first; runs without a finite value come last and have no rank.
 * @throws AppError conflict when nobody said which way is better
 */
export async function leaderboard(ctx: Pick<Ctx, 'db' | 'publicUrl'>, input: BoardInput): Promise<Board> {
  const { project, metric, clauses = [], top } = input
  const direction = requireDirection(project, metric)
  const condition = await compileClauses(ctx, clauses, project.id)
  const anyStatus = clauses.some((clause) => clause.kind === 'status')
  const ranked = await readRows(ctx, input, condition, anyStatus, direction, 'ranked', top)
  const rest = top - ranked.length
  const diverged =
    rest > 0 ? await readRows(ctx, input, condition, anyStatus, direction, 'diverged', rest) : []
  const shown = (row: Read, rank: number | null): BoardRow => ({
    rank,
    run: {
      id: row.run_id,
      ref: `${project.name}#${row.number}`,
      name: row.name,
      owner: row.owner,
      commit: row.commit,
      url: runUrl(ctx, project.name, row.number),
    },
    value: rank === null ? null : row.value,
    step: rank === null ? null : row.step,
    seeds: row.seeds,
    data: row.data,
    ended_at: row.ended_at?.toISOString() ?? null,
  })
  return {
    project: project.name,
    metric: metric.name,
    direction,
    aggregate: metric.aggregate,
    unit: metric.unit,
    rows: [...ranked.map((row, index) => shown(row, index + 1)), ...diverged.map((row) => shown(row, null))],
    ahead: anyStatus ? null : await runningAhead(ctx, input, condition, direction, ranked[0]?.value),
  }
}

interface Read {
  run_id: string
  number: number
  name: string | null
  owner: string | null
  commit: string | null
  ended_at: Date | null
  value: number
  step: Step | null
  seeds: number
  data: { name: string; version: string }[]
}

async function readRows(
  ctx: Pick<Ctx, 'db'>,
  { project, metric }: BoardInput,
  condition: RawBuilder<boolean>,
  anyStatus: boolean,
  direction: Direction,
  part: 'ranked' | 'diverged',
  limit: number,
): Promise<Read[]> {
  const { value, step } = chosen(metric, direction)
  const finite = isFiniteSql(value)
  const order = direction === 'max' ? sql`desc` : sql`asc`
  const { rows } = await sql<Read>`
    select summary.run_id, run.number, run.name, run.owner, run.code_commit as commit, run.ended_at,
      ${value} as value, ${step} as step,
      (select greatest(1, count(distinct twin.seed))::int from runs twin where twin.project_id = run.project_id
        and twin.seed_group = run.seed_group and twin.status = 'finished') as seeds,
      coalesce((select json_agg(json_build_object('name', part.name, 'version', part.version) order by part.name)
        from run_data part where part.project_id = run.project_id and part.run_id = run.id), '[]') as data
    from metric_summaries summary
    join runs run on run.project_id = summary.project_id and run.id = summary.run_id
    where summary.project_id = ${project.id} and summary.metric_id = ${metric.id}
      and ${anyStatus ? sql`true` : sql`summary.ranked`}
      and ${part === 'ranked' ? finite : sql`not coalesce(${finite}, false)`} and ${condition}
    order by ${part === 'ranked' ? sql`${value} ${order}, ` : sql``} run.number limit ${limit}`.execute(
    ctx.db,
  )
  return rows
}

/** The plain column, so that its index serves the order. */
function chosen(metric: MetricRow, direction: Direction) {
  const kind = metric.aggregate === 'best' ? direction : metric.aggregate
  if (kind === 'last') {
    return {
      value: sql<number>`summary.last_value`,
      step: sql<Step>`case when summary.last_stepped then summary.last_step end`,
    }
  }
  return kind === 'max'
    ? { value: sql<number>`summary.max_value`, step: sql<Step>`summary.max_step` }
    : { value: sql<number>`summary.min_value`, step: sql<Step>`summary.min_step` }
}

async function runningAhead(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  { project, metric }: BoardInput,
  condition: RawBuilder<boolean>,
  direction: Direction,
  best: number | undefined,
): Promise<Board['ahead']> {
  const value = valueSql('summary', 'metric')
  const order = direction === 'max' ? sql`desc` : sql`asc`
  const { rows } = await sql<{ number: number; value: number }>`
    select run.number, ${value} as value from runs run
    join metrics metric on metric.project_id = run.project_id and metric.id = ${metric.id}
    join metric_summaries summary
      on summary.project_id = run.project_id and summary.run_id = run.id and summary.metric_id = metric.id
    where run.status = 'running' and run.project_id = ${project.id} and ${isFiniteSql(value)} and ${condition}
    order by ${value} ${order} limit 1`.execute(ctx.db)
  const [row] = rows
  if (row === undefined) return null
  const leads = best === undefined || (direction === 'max' ? row.value > best : row.value < best)
  if (!leads) return null
  return {
    ref: `${project.name}#${row.number}`,
    url: runUrl(ctx, project.name, row.number),
    value: row.value,
  }
}
