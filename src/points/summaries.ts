import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import type { PointColumns } from './packed-points.ts'
import { exactDouble, insertRows, type Statement } from '../db/statements.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import type { EnsureMetrics, Entry, SeriesInput } from './types.ts'
import type { Summary } from './fold-points.ts'
import { moveTails } from './tails.ts'

/** A metric of a run as it stands within a transaction; `summary` is null while it has no points. */
export interface LockedSummary {
  key: RunKey
  metricId: number
  summary: Summary | null
  /** What its run becomes: the first summary of a run that ends is on the boards from its first moment. */
  status: RunStatus
  /** Of a summary that is there already. */
  ended?: boolean
  /** Small chunks that the metric had got when the summary was read, and those added since. */
  loose: number
  added: number
}

const COLUMNS = [
  ...['points', 'nans', 'infinities', 'last_value', 'last_step', 'last_time', 'last_stepped'],
  ...['min_value', 'min_step', 'max_value', 'max_step', 'max_seen_step'],
] as const

// Summaries are locked here because append adds points without a lock on the run. Their tails are moved into chunks.
// A lateral join looks each of them up by key: a plain join would compare all names of a request with each other.
// planner-hint: summaries-by-key
const LOCK = `/* lock-summaries */ with wanted as materialized (
    select metric.project_id, wanted.run_id, metric.id as metric_id, wanted.name
    from unnest($1::int[], $2::uuid[], $3::text[]) as wanted(project_id, run_id, name)
    join metrics metric on metric.project_id = wanted.project_id and metric.name = wanted.name
    order by metric.project_id, wanted.run_id, metric.id
  ), locked as materialized (
    select wanted.project_id, wanted.run_id, wanted.metric_id, wanted.name, locked.ended, locked.loose, locked.tail, locked.tail_step,
      ${COLUMNS.map((column) => `locked.${column}`).join(', ')}
    from wanted left join lateral (
      select * from metric_summaries summary where summary.project_id = wanted.project_id
        and summary.run_id = wanted.run_id and summary.metric_id = wanted.metric_id for no key update
    ) locked on true
  ), moved as (
    ${moveTails('locked')} returning project_id, run_id, metric_id
  ), taken_off as (
    update metric_summaries locked set tail = null, tail_step = null, loose = locked.loose + 1 from moved
    where locked.project_id = moved.project_id and locked.run_id = moved.run_id and locked.metric_id = moved.metric_id
  ) select run_id, name, metric_id, ended, loose + case when tail is null then 0 else 1 end as loose,
    ${COLUMNS.join(', ')} from locked`

/** A metric that is known, and what the run has of it; the summary's columns are null where that is nothing. */
export type LockedRow = {
  run_id: string
  name: string
  metric_id: number
  loose: number | null
  ended: boolean | null
} & {
  [C in keyof Summary]: Summary[C] | null
}

/** Locks and reads the summaries of (locked) runs; `store` takes the rows. */
export function lockSummaries(entries: Entry[]): Statement {
  const wanted = entries.flatMap(({ key, series }) => namesOf(series).map((name) => ({ key, name })))
  const parameters = [
    wanted.map(({ key }) => key.projectId),
    wanted.map(({ key }) => key.runId),
    wanted.map(({ name }) => name),
  ]
  return { text: LOCK, parameters }
}

function namesOf(series: SeriesInput[]): string[] {
  return [...new Set(series.map(({ name }) => name))]
}

/**
 * For each entry its metrics by name, defined where they are new, with the summaries that they have by now.
 * @param rows what was read of these entries, and maybe of others
 */
export async function summariesOf(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  entries: Entry[],
  rows: LockedRow[],
  ensureMetrics: EnsureMetrics,
): Promise<Map<string, LockedSummary>[]> {
  const known = new Map(rows.map((row) => [`${row.run_id} ${row.name}`, row]))
  const wanted = entries.map(({ key, series }) =>
    namesOf(series).map((name) => ({ name, row: known.get(`${key.runId} ${name}`) })),
  )
  const missing = entries.flatMap(({ key: { projectId } }, at) =>
    (wanted[at] ?? []).flatMap(({ name, row }) => (row === undefined ? [{ projectId, name }] : [])),
  )
  const made = await ensureMetrics(trx, ctx, missing)
  return entries.map(({ key }, at) => {
    const locked = (wanted[at] ?? []).map(({ name, row }): [string, LockedSummary] => {
      const metricId = row?.metric_id ?? made(key.projectId, name)
      return [
        name,
        {
          ...{ key, metricId, summary: summaryOf(row), status: 'running', loose: row?.loose ?? 0, added: 0 },
          ...(row === undefined || row.ended === null ? {} : { ended: row.ended }),
        },
      ]
    })
    return new Map(locked)
  })
}

function summaryOf(row: LockedRow | undefined): Summary | null {
  if (row === undefined || row.points === null) return null
  const { run_id: _run, name: _name, metric_id: _metric, loose: _loose, ended: _ended, ...summary } = row
  return summary as Summary
}

const CHANGED = [
  ...COLUMNS.map((column) => `${column} = excluded.${column}`),
  'loose = metric_summaries.loose + excluded.loose',
].join(', ')

/** Writes summaries in the order of their keys; `status` counts for new ones only. */
export async function writeSummaries(trx: Transaction<Database>, locked: LockedSummary[]): Promise<void> {
  const rows = locked.flatMap(({ key, metricId, summary, status, ended, added }) =>
    summary === null
      ? []
      : [
          {
            project_id: key.projectId,
            run_id: key.runId,
            metric_id: metricId,
            ranked: status === 'finished',
            ended: ended ?? status !== 'running',
            loose: added,
            ...columns(summary),
          },
        ],
  )
  await insertRows(
    trx,
    'metric_summaries',
    ['project_id', 'run_id', 'metric_id', 'ranked', 'ended', 'loose', ...COLUMNS],
    rows,
    `on conflict (project_id, run_id, metric_id, ended) do update set ${CHANGED}`,
  )
}

/** Numbers as JSON carries them without loss. */
function columns(summary: Summary) {
  const step = (value: Summary['min_step']) => (value === null ? null : String(value))
  const double = (value: number | null) => (value === null ? null : exactDouble(value))
  return {
    ...summary,
    last_value: exactDouble(summary.last_value),
    last_step: String(summary.last_step),
    min_value: double(summary.min_value),
    min_step: step(summary.min_step),
    max_value: double(summary.max_value),
    max_step: step(summary.max_step),
    max_seen_step: String(summary.max_seen_step),
  }
}

/** The point that a summary keeps while it is the only one. */
export function onlyPoint(summary: Summary): PointColumns | undefined {
  if (summary.points !== 1) return undefined
  return {
    steps: [summary.last_step],
    times: [summary.last_time],
    values: Float64Array.of(summary.last_value),
  }
}
