import type { Ctx } from '../../../context.ts'
import { type RowsOf, runLater, runTogether, type StatementsOf } from '../../../db/statements.ts'
import type { RunKey, RunRow, SummaryRow } from '../../../db/tables.ts'
import { notFound } from '../../../errors.ts'
import { INVALID } from '../../labels/label-run.ts'
import { aggregateOf, chosenValue } from '../../values/run-value.ts'
import { runUrl } from '../run-url.ts'
import { foldRuns } from '../status/fold-runs.ts'
import type { MetricView, RunView } from '../types.ts'
import { refOf } from '../../values/ref.ts'

type Reader = Pick<Ctx, 'db' | 'publicUrl'>

/** Everything that is stored of a run, with all points that were acknowledged. @throws AppError not_found */
export async function readRun(ctx: Ctx, key: RunKey): Promise<RunView> {
  await foldRuns(ctx, [key])
  const [run] = await readRuns(ctx, [key])
  if (run === undefined) throw notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
  return run
}

/**
 * Several runs in the order of their keys, in one round trip however many they are; those that are gone are left out. Their
 * metrics may be a second behind, unless `foldRuns` came first.
 */
export async function readRuns(ctx: Reader, keys: RunKey[]): Promise<RunView[]> {
  return keys.length === 0 ? [] : viewsOf(ctx, keys, await runTogether<Rows>(ctx.db, statementsOf(keys)))
}

/** The same as they are at this point of a transaction, read along with the statement that it waits for next. */
export async function readRunsLater(ctx: Reader, keys: RunKey[]): Promise<() => Promise<RunView[]>> {
  const read = await runLater<Rows>(ctx.db, statementsOf(keys))
  return async () => viewsOf(ctx, keys, await read())
}

type Rows = [RunRow & { project: string }, Param, Tag, DataRow, Label, MetricRead]

function statementsOf(keys: RunKey[]): StatementsOf<Rows> {
  const distinct = [...new Map(keys.map((key) => [key.runId, key])).values()]
  const parameters = [distinct.map(({ projectId }) => projectId), distinct.map(({ runId }) => runId)]
  return [
    { text: RUNS, parameters },
    { text: PARAMS, parameters },
    { text: TAGS, parameters },
    { text: DATA, parameters },
    { text: LABELS, parameters },
    { text: METRICS, parameters },
  ]
}

function viewsOf(
  ctx: Reader,
  keys: RunKey[],
  [runs, params, tags, data, labels, metrics]: RowsOf<Rows>,
): RunView[] {
  const byRun = new Map(runs.map((run) => [run.id, run]))
  const parts = {
    params: Map.groupBy(params, ({ run_id }) => run_id),
    tags: Map.groupBy(tags, ({ run_id }) => run_id),
    data: Map.groupBy(data, ({ run_id }) => run_id),
    labels: Map.groupBy(labels, ({ run_id }) => run_id),
    metrics: Map.groupBy(metrics, ({ run_id }) => run_id),
  }
  return keys.flatMap(({ runId }) => {
    const run = byRun.get(runId)
    if (run === undefined) return []
    const { project, ...row } = run
    const own = {
      params: parts.params.get(runId) ?? [],
      tags: parts.tags.get(runId) ?? [],
      data: parts.data.get(runId) ?? [],
      labels: parts.labels.get(runId) ?? [],
      metrics: parts.metrics.get(runId) ?? [],
    }
    return [view(ctx, row, project, own)]
  })
}

const WANTED = 'unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)'

const RUNS = `/* read-runs */ select run.*, project.name as project from ${WANTED}
  join runs run on run.project_id = wanted.project_id and run.id = wanted.run_id
  join projects project on project.id = run.project_id`
const PARAMS = `/* read-run-params */ select run_id, name, value from ${WANTED}
  join run_params using (project_id, run_id) order by name`
const TAGS = `/* read-run-tags */ select run_id, key, value from ${WANTED}
  join run_tags using (project_id, run_id) order by key`
const DATA = `/* read-run-data */ select run_id, name, version, path, url from ${WANTED}
  join run_data using (project_id, run_id) order by name`
const LABELS = `/* read-run-labels */ select distinct run_id, label from ${WANTED}
  join run_labels using (project_id, run_id) where present and label <> '${INVALID}' order by label`
const METRICS = `/* read-run-metrics */ select summary.*, metric.name, metric.direction, metric.aggregate, metric.unit
  from ${WANTED} join metric_summaries summary using (project_id, run_id)
  join metrics metric on metric.project_id = summary.project_id and metric.id = summary.metric_id
  order by metric.name`

type Param = { run_id: string; name: string; value: unknown }
type Tag = { run_id: string; key: string; value: string }
type DataRow = { run_id: string; name: string; version: string; path: string | null; url: string | null }
type Label = { run_id: string; label: string }
type MetricRead = SummaryRow & Pick<MetricView, 'direction' | 'aggregate' | 'unit'> & { name: string }

interface Parts {
  params: Param[]
  tags: Tag[]
  data: DataRow[]
  labels: Label[]
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
    ref: refOf(project, run.number),
    url: runUrl(ctx, project, run.number),
    project,
    number: run.number,
    name: run.name,
    owner: run.owner,
    status: run.status,
    source: run.source,
    starred: run.starred,
    labels: parts.labels.map(({ label }) => label),
    invalid:
      run.invalidated_at === null
        ? null
        : {
            reason: run.invalid_reason ?? '',
            by: run.invalidated_by ?? '',
            at: run.invalidated_at.toISOString(),
          },
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
    seed_group: run.seed_group,
    missing: missingOf(run, parts),
    started_at: run.started_at.toISOString(),
    ended_at: run.ended_at?.toISOString() ?? null,
    last_write_at: run.last_write_at.toISOString(),
    repeated_points: run.repeated_points,
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
  const chosen = chosenValue(row, row)
  return {
    value: chosen?.value ?? null,
    aggregate: aggregateOf(row),
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
