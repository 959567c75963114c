import type { Transaction } from 'kysely'
import { exactDouble, insertRows, type Statement } from '../db/statements.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import type { Summary } from './summary.ts'

/** A metric of a run as it stands within a transaction; `summary` is null while it has no points. */
export interface MetricState {
  key: RunKey
  metricId: number
  summary: Summary | null
  /** What its run becomes: the first summary of a run that ends is on the boards from its first moment. */
  status: RunStatus
  /** Of a summary that is there already: which partition it is in. */
  ended?: boolean
}

const COLUMNS = [
  ...['points', 'nans', 'infinities', 'last_value', 'last_step', 'last_time', 'last_stepped'],
  ...['min_value', 'min_step', 'max_value', 'max_step', 'max_seen_step'],
] as const

// A lateral join looks each of them up by key: a plain join would compare all metrics of a request with each other.
// planner-hint: summaries-by-key
const READ = `/* read-summaries */ select wanted.run_id, wanted.metric_id, summary.ended,
    ${COLUMNS.map((column) => `summary.${column}`).join(', ')}
  from unnest($1::int[], $2::uuid[], $3::int[]) as wanted(project_id, run_id, metric_id)
  join metrics metric on metric.project_id = wanted.project_id and metric.id = wanted.metric_id
  left join lateral (
    select * from metric_summaries summary where summary.project_id = wanted.project_id
      and summary.run_id = wanted.run_id and summary.metric_id = wanted.metric_id offset 0
  ) summary on true`

/** A metric that is known, and what the run has of it; the summary's columns are null where that is nothing. */
export type SummaryRead = { run_id: string; metric_id: number; ended: boolean | null } & {
  [C in keyof Summary]: Summary[C] | null
}

/** Reads summaries of (locked) runs. A metric that is not defined gives no row. */
export function readSummaries(wanted: { key: RunKey; metricId: number }[]): Statement {
  const parameters = [
    wanted.map(({ key }) => key.projectId),
    wanted.map(({ key }) => key.runId),
    wanted.map(({ metricId }) => metricId),
  ]
  return { text: READ, parameters }
}

export function summaryOf(row: SummaryRead): Summary | null {
  if (row.points === null) return null
  const { run_id: _run, metric_id: _metric, ended: _ended, ...summary } = row
  return summary as Summary
}

const CHANGED = COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')

/** Writes summaries in the order of their keys; `status` counts for new ones only. */
export async function writeSummaries(trx: Transaction<Database>, states: MetricState[]): Promise<void> {
  const rows = states.flatMap(({ key, metricId, summary, status, ended }) =>
    summary === null
      ? []
      : [
          {
            project_id: key.projectId,
            run_id: key.runId,
            metric_id: metricId,
            ranked: status === 'finished',
            ended: ended ?? status !== 'running',
            ...columns(summary),
          },
        ],
  )
  await insertRows(
    trx,
    'metric_summaries',
    ['project_id', 'run_id', 'metric_id', 'ranked', 'ended', ...COLUMNS],
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
