import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Step } from '../../../db/step.ts'
import { primaryMetrics } from '../../metrics/primary-metrics.ts'
import { stepSql } from '../../values/run-value-sql.ts'
import { compileClauses } from '../../query/compile.ts'
import type { PlainClause } from '../../query/parse.ts'
import { type Progress, progressOf } from './progress.ts'
import { readRuns } from './read-run.ts'
import type { RunKey } from '../../../db/tables.ts'
import type { RunView } from '../types.ts'

/** A run under way: where, since when, at what cost, how far. */
export interface RunningRun {
  run: Pick<RunView, 'id' | 'ref' | 'url' | 'name' | 'owner'>
  host: string | null
  gpu: string | null
  /** Null when the run did not say whether it uses any. */
  gpus: number | null
  elapsed_s: number
  /** GPUs times hours so far; null when the number of GPUs is not known. */
  gpu_hours: number | null
  /** The metric that the project is about, else the one that was written last. */
  metric: { name: string; value: number; step: Step | null; unit: string | null } | null
  progress: Progress | null
  /** Since it last wrote anything. */
  heartbeat_age_s: number
  heartbeat_s: number | null
}

export interface Running {
  runs: RunningRun[]
  /** Over all that fit, not only those that are listed. */
  total: { runs: number; gpus: number; gpu_hours: number }
}

export interface RunningInput {
  projectId?: number
  clauses: PlainClause[]
  top: number
}

interface Read extends RunKey {
  gpus: number | null
  hours: number
  runs: number
  all_gpus: number
  all_gpu_hours: number
}

/** The runs under way, the most GPU-hours first, then the longest. */
export async function runningRuns(
  ctx: Pick<Ctx, 'db' | 'clock' | 'publicUrl'>,
  { projectId, clauses, top }: RunningInput,
): Promise<Running> {
  const now = ctx.clock.now()
  const filter = await compileClauses(ctx, clauses, projectId)
  const own = projectId === undefined ? sql`true` : sql`run.project_id = ${projectId}`
  const { rows } = await sql<Read>`
    select project_id as "projectId", id as "runId", gpus, hours, count(*) over ()::int as runs,
      coalesce(sum(gpus) over (), 0) as all_gpus, coalesce(sum(gpus * hours) over (), 0) as all_gpu_hours
    from (
      select run.project_id, run.id, ${gpusSql()} as gpus,
        greatest(0, extract(epoch from ${now}::timestamptz - run.started_at))::float8 / 3600 as hours
      from runs run where run.status = 'running' and ${own} and ${filter.condition}
    ) running
    order by gpus * hours desc nulls last, hours desc, id limit ${top}`.execute(ctx.db)
  const views = new Map((await readRuns(ctx, rows)).map((view) => [view.id, view]))
  const metrics = await lastMetrics(ctx, rows)
  const [first] = rows
  return {
    runs: rows.flatMap((row) => {
      const view = views.get(row.runId)
      return view === undefined ? [] : [shown(row, view, metrics.get(row.runId), now)]
    }),
    total: {
      runs: first?.runs ?? 0,
      gpus: first?.all_gpus ?? 0,
      gpu_hours: first?.all_gpu_hours ?? 0,
    },
  }
}

/** `env.gpu_count` as a number or its text; one where a GPU is named without a count. */
function gpusSql(): RawBuilder<number | null> {
  return sql`case
    when run.env ->> 'gpu_count' ~ '^[0-9]{1,6}([.][0-9]{1,6})?$' then (run.env ->> 'gpu_count')::float8
    when lower(coalesce(run.env ->> 'gpu', '')) not in ('', 'none', 'null', 'cpu', 'false') then 1 end`
}

function shown(
  { gpus, hours }: Read,
  view: RunView,
  metric: RunningRun['metric'] | undefined,
  now: Date,
): RunningRun {
  const { id, ref, url, name, owner, env, heartbeat_s } = view
  return {
    run: { id, ref, url, name, owner },
    host: textOrNull(env['host']),
    gpu: textOrNull(env['gpu']),
    gpus,
    elapsed_s: Math.round(hours * 3_600),
    gpu_hours: gpus === null ? null : gpus * hours,
    metric: metric ?? null,
    progress: progressOf(view) ?? null,
    heartbeat_age_s: Math.max(0, Math.round((now.getTime() - Date.parse(view.last_write_at)) / 1_000)),
    heartbeat_s,
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) || null : null
}

type LastMetric = NonNullable<RunningRun['metric']>

async function lastMetrics(ctx: Pick<Ctx, 'db'>, keys: RunKey[]): Promise<Map<string, LastMetric>> {
  const projects = [...new Set(keys.map(({ projectId }) => projectId))]
  const primary = (await Promise.all(projects.map((id) => primaryMetrics(ctx.db, id)))).flatMap(
    ({ metrics }) => metrics.map(({ id }) => id),
  )
  const { rows } = await sql<LastMetric & { run_id: string }>`
    select distinct on (summary.run_id) summary.run_id, metric.name, metric.unit, summary.last_value as value,
      ${stepSql({ aggregate: 'last', direction: null })} as step
    from metric_summaries summary
    join metrics metric on metric.project_id = summary.project_id and metric.id = summary.metric_id
    where summary.project_id = any(${projects}::int[]) and summary.run_id = any(${keys.map(({ runId }) => runId)}::uuid[])
    order by summary.run_id, array_position(${primary}::int[], summary.metric_id) nulls last,
      summary.last_time desc, metric.name`.execute(ctx.db)
  return new Map(rows.map(({ run_id, ...metric }) => [run_id, metric]))
}
