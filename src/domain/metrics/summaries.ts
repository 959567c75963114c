import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { PointColumns } from '../../db/packed-points.ts'
import { exactDouble, insertRows, runStatement } from '../../db/statements.ts'
import type { Database } from '../../db/tables.ts'
import type { RunKey, SeriesInput } from '../runs/types.ts'
import { ensureMetricIds } from './ensure-metrics.ts'
import type { Summary } from './fold-points.ts'

/** A metric of a run as it stands within a transaction; `summary` is null while it has no points. */
export interface HeldSummary {
  key: RunKey
  metricId: number
  summary: Summary | null
  ranked: boolean
  /** Small rows that it had when it was read, and how many were added since. */
  loose: number
  added: number
}

const COLUMNS = [
  ...['points', 'nans', 'infinities', 'last_value', 'last_step', 'last_time', 'last_stepped'],
  ...['min_value', 'min_step', 'max_value', 'max_step', 'max_seen_step'],
] as const

const READ = `/* read-summaries */ select metric.id as metric_id, summary.loose,
  ${COLUMNS.map((column) => `summary.${column}`).join(', ')}
  from unnest($1::int[], $2::uuid[], $3::text[]) with ordinality as wanted(project_id, run_id, name, at)
  left join metrics metric on metric.project_id = wanted.project_id and metric.name = wanted.name
  left join metric_summaries summary on summary.project_id = wanted.project_id
    and summary.run_id = wanted.run_id and summary.metric_id = metric.id
  order by wanted.at`

type Read = { metric_id: number | null; loose: number | null } & { [C in keyof Summary]: Summary[C] | null }

/** For each entry its metrics by name, defined where they are new, with the summaries that they have by now. */
export async function readHeld(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  entries: { key: RunKey; series: SeriesInput[] }[],
): Promise<Map<string, HeldSummary>[]> {
  const wanted = entries.flatMap(({ key, series }, at) =>
    [...new Set(series.map(({ name }) => name))].map((name) => ({ at, key, name })),
  )
  const held = entries.map(() => new Map<string, HeldSummary>())
  if (wanted.length === 0) return held
  const rows = await runStatement<Read>(trx, READ, [
    wanted.map(({ key }) => key.projectId),
    wanted.map(({ key }) => key.runId),
    wanted.map(({ name }) => name),
  ])
  const missing = wanted.filter((_one, index) => rows[index]?.metric_id == null)
  const made = await ensureMetricIds(
    trx,
    ctx,
    missing.map(({ key, name }) => ({ projectId: key.projectId, name })),
  )
  for (const [index, { at, key, name }] of wanted.entries()) {
    const { metric_id, loose, ...summary } = rows[index] as Read
    const metricId = metric_id ?? made(key.projectId, name)
    const own = summary.points === null ? null : (summary as Summary)
    held[at]?.set(name, { key, metricId, summary: own, ranked: false, loose: loose ?? 0, added: 0 })
  }
  return held
}

// Compaction counts small rows down at the same time: they are added to what stands there, not to what was read.
const CHANGED = [
  ...COLUMNS.map((column) => `${column} = excluded.${column}`),
  'loose = metric_summaries.loose + excluded.loose',
].join(', ')

/** Writes summaries in the order of their keys; `ranked` counts for new ones only. */
export async function writeSummaries(trx: Transaction<Database>, held: HeldSummary[]): Promise<void> {
  const rows = held.flatMap(({ key, metricId, summary, ranked, added }) =>
    summary === null
      ? []
      : [
          {
            project_id: key.projectId,
            run_id: key.runId,
            metric_id: metricId,
            ranked,
            loose: added,
            ...columns(summary),
          },
        ],
  )
  await insertRows(
    trx,
    'metric_summaries',
    ['project_id', 'run_id', 'metric_id', 'ranked', 'loose', ...COLUMNS],
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
