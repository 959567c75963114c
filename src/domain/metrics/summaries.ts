import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { PointColumns } from '../../db/packed-points.ts'
import { exactDouble, insertRows, type Statement } from '../../db/statements.ts'
import type { Database, RunStatus } from '../../db/tables.ts'
import type { RunKey, SeriesInput } from '../runs/types.ts'
import { ensureMetricIds } from './ensure-metrics.ts'
import type { Summary } from './fold-points.ts'

/** A metric of a run as it stands within a transaction; `summary` is null while it has no points. */
export interface HeldSummary {
  key: RunKey
  metricId: number
  summary: Summary | null
  /** Of its run when it is a new one: what has ended is in the indexes from its first moment. */
  status: RunStatus
  /** Small rows that it had got when it was read, and those added since. */
  loose: number
  added: number
}

const COLUMNS = [
  ...['points', 'nans', 'infinities', 'last_value', 'last_step', 'last_time', 'last_stepped'],
  ...['min_value', 'min_step', 'max_value', 'max_step', 'max_seen_step'],
] as const

const READ = `/* read-summaries */ select wanted.run_id, wanted.name, metric.id as metric_id, summary.loose,
    ${COLUMNS.map((column) => `summary.${column}`).join(', ')}
  from unnest($1::int[], $2::uuid[], $3::text[]) as wanted(project_id, run_id, name)
  join metrics metric on metric.project_id = wanted.project_id and metric.name = wanted.name
  left join metric_summaries summary on summary.project_id = wanted.project_id
    and summary.run_id = wanted.run_id and summary.metric_id = metric.id`

/** A metric that is known, and what the run has of it; the summary's columns are null where that is nothing. */
export type HeldRow = { run_id: string; name: string; metric_id: number; loose: number | null } & {
  [C in keyof Summary]: Summary[C] | null
}

interface Entry {
  key: RunKey
  series: SeriesInput[]
}

/** Reads what `heldOf` takes, once the runs are locked. */
export function readHeld(entries: Entry[]): Statement {
  const wanted = entries.flatMap(({ key, series }) => namesOf(series).map((name) => ({ key, name })))
  const parameters = [
    wanted.map(({ key }) => key.projectId),
    wanted.map(({ key }) => key.runId),
    wanted.map(({ name }) => name),
  ]
  return { text: READ, parameters }
}

function namesOf(series: SeriesInput[]): string[] {
  return [...new Set(series.map(({ name }) => name))]
}

/**
 * For each entry its metrics by name, defined where they are new, with the summaries that they have by now.
 * @param rows what was read of these entries, and maybe of others
 */
export async function heldOf(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  entries: Entry[],
  rows: HeldRow[],
): Promise<Map<string, HeldSummary>[]> {
  const known = new Map(rows.map((row) => [`${row.run_id} ${row.name}`, row]))
  const wanted = entries.map(({ key, series }) =>
    namesOf(series).map((name) => ({ name, row: known.get(`${key.runId} ${name}`) })),
  )
  const missing = entries.flatMap(({ key: { projectId } }, at) =>
    (wanted[at] ?? []).flatMap(({ name, row }) => (row === undefined ? [{ projectId, name }] : [])),
  )
  const made = await ensureMetricIds(trx, ctx, missing)
  return entries.map(({ key }, at) => {
    const held = (wanted[at] ?? []).map(({ name, row }): [string, HeldSummary] => {
      const metricId = row?.metric_id ?? made(key.projectId, name)
      return [
        name,
        { key, metricId, summary: summaryOf(row), status: 'running', loose: row?.loose ?? 0, added: 0 },
      ]
    })
    return new Map(held)
  })
}

function summaryOf(row: HeldRow | undefined): Summary | null {
  if (row === undefined || row.points === null) return null
  const { run_id: _run, name: _name, metric_id: _metric, loose: _loose, ...summary } = row
  return summary as Summary
}

const CHANGED = [
  ...COLUMNS.map((column) => `${column} = excluded.${column}`),
  'loose = metric_summaries.loose + excluded.loose',
].join(', ')

/** Writes summaries in the order of their keys; `status` counts for new ones only. */
export async function writeSummaries(trx: Transaction<Database>, held: HeldSummary[]): Promise<void> {
  const rows = held.flatMap(({ key, metricId, summary, status, added }) =>
    summary === null
      ? []
      : [
          {
            project_id: key.projectId,
            run_id: key.runId,
            metric_id: metricId,
            ranked: status === 'finished',
            ended: status !== 'running',
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
    `on conflict (project_id, run_id, metric_id) do update set ${CHANGED}`,
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
