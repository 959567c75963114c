import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { RunRow, SummaryRow } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'
import { chosenValue } from '../records/metric-value.ts'
import { runUrl } from './run-url.ts'
import type { MetricView, RunKey, RunView } from './types.ts'

type Reader = Pick<Ctx, 'db' | 'publicUrl'>

/** Everything that a run said. @throws AppError not_found */
export async function readRun(ctx: Reader, key: RunKey): Promise<RunView> {
  const [run] = await readRuns(ctx, [key])
  if (run === undefined) throw notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
  return run
}

/** Several runs in the order of their keys, in six queries however many they are; those that are gone are left out. */
export async function readRuns(ctx: Reader, keys: RunKey[]): Promise<RunView[]> {
  if (keys.length === 0) return []
  const ids = sql<string>`any(${keys.map(({ runId }) => runId)}::uuid[])`
  const projects = sql<number>`any(${[...new Set(keys.map(({ projectId }) => projectId))]}::int[])`
  const of = (table: 'run_params' | 'run_tags' | 'run_data') =>
    ctx.db.selectFrom(table).where('project_id', '=', projects).where('run_id', '=', ids)
  const [runs, params, tags, data, metrics] = await Promise.all([
    ctx.db
      .selectFrom('runs')
      .innerJoin('projects', 'projects.id', 'runs.project_id')
      .selectAll('runs')
      .select('projects.name as project')
      .where('runs.project_id', '=', projects)
      .where('runs.id', '=', ids)
      .execute(),
    ctx.db
      .selectFrom('run_params')
      .selectAll()
      .where('project_id', '=', projects)
      .where('run_id', '=', ids)
      .orderBy('name')
      .execute(),
    of('run_tags')
      .selectAll()
      .orderBy('key' as never)
      .execute() as Promise<{ run_id: string; key: string; value: string }[]>,
    of('run_data')
      .selectAll()
      .orderBy('name' as never)
      .execute() as Promise<DataRow[]>,
    ctx.db
      .selectFrom('metric_summaries as summary')
      .innerJoin('metrics', (join) =>
        join
          .onRef('metrics.project_id', '=', 'summary.project_id')
          .onRef('metrics.id', '=', 'summary.metric_id'),
      )
      .selectAll('summary')
      .select(['metrics.name', 'metrics.direction', 'metrics.aggregate', 'metrics.unit'])
      .where('summary.project_id', '=', projects)
      .where('summary.run_id', '=', ids)
      .orderBy('metrics.name')
      .execute(),
  ])
  const byRun = new Map(runs.map((run) => [run.id, run]))
  return keys.flatMap(({ runId }) => {
    const run = byRun.get(runId)
    if (run === undefined) return []
    const own = <T extends { run_id: string }>(rows: T[]) => rows.filter((row) => row.run_id === runId)
    const { project, ...row } = run
    return [
      view(ctx, row, project, {
        params: own(params),
        tags: own(tags),
        data: own(data),
        metrics: own(metrics),
      }),
    ]
  })
}

type DataRow = { run_id: string; name: string; version: string; path: string | null; url: string | null }
type MetricRead = SummaryRow & Pick<MetricView, 'direction' | 'aggregate' | 'unit'> & { name: string }

interface Parts {
  params: { name: string; value: unknown }[]
  tags: { key: string; value: string }[]
  data: DataRow[]
  metrics: MetricRead[]
}

function view(ctx: Reader, run: RunRow, project: string, parts: Parts): RunView {
  const code = {
    repo: run.code_repo,
    commit: run.code_commit,
    branch: run.code_branch,
    dirty: run.code_dirty,
    patch_hash: run.code_patch_hash,
  }
  return {
    id: run.id,
    ref: `${project}#${run.number}`,
    url: runUrl(ctx, project, run.number),
    project,
    number: run.number,
    name: run.name,
    owner: run.owner,
    status: run.status,
    source: run.source,
    starred: run.starred,
    seed: run.seed,
    group: run.sweep,
    params: Object.fromEntries(parts.params.map(({ name, value }) => [name, value])) as RunView['params'],
    metrics: Object.fromEntries(parts.metrics.map((metric) => [metric.name, metricView(metric)])),
    tags: Object.fromEntries(parts.tags.map(({ key, value }) => [key, value])),
    code,
    data: parts.data.map(({ name, version, path, url }) => ({ name, version, path, url })),
    env: run.env,
    command: run.command,
    heartbeat_s: run.heartbeat_s,
    fingerprint: run.fingerprint,
    missing: missingOf(run, parts),
    started_at: run.started_at.toISOString(),
    ended_at: run.ended_at?.toISOString() ?? null,
    last_write_at: run.last_write_at.toISOString(),
  }
}

function missingOf(run: RunRow, { params, data }: Parts): string[] {
  const told = {
    code: run.code_commit !== null,
    data: data.length > 0,
    params: params.length > 0,
    seed: run.seed !== null,
    env: Object.keys(run.env).length > 0,
    command: run.command !== null,
  }
  return Object.entries(told).flatMap(([input, given]) => (given ? [] : [input]))
}

function metricView(row: MetricRead): MetricView {
  // Without a direction there is no best: the last value stands for the run.
  const aggregate = row.aggregate === 'best' && row.direction === null ? 'last' : row.aggregate
  const chosen = chosenValue(row, aggregate, row.direction)
  return {
    value: chosen?.value ?? null,
    aggregate,
    direction: row.direction,
    unit: row.unit,
    step: chosen?.step ?? null,
    last: row.last_value,
    last_step: row.last_stepped ? row.last_step : null,
    min: row.min_value,
    min_step: row.min_step,
    max: row.max_value,
    max_step: row.max_step,
    points: row.points,
    nans: row.nans,
    infinities: row.infinities,
  }
}
