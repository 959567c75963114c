import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import { isFull, type LogRow, parkLogRows, readLog, removeFromLog } from './log.ts'
import { readKnown, storeSeries } from './store.ts'
import type { Counts, Entry } from './types.ts'

/** A run whose log is folded; the transaction holds its lock. */
export interface Foldable {
  key: RunKey
  /** What the run is once this transaction ends. */
  status: RunStatus
  /** Rows with lower ids are folded; 0 looks at all. */
  fromId?: number
}

/** What a fold found of a run. */
export interface Folded extends Counts {
  key: RunKey
  /** How many rows of the log were folded. */
  rows: number
  /** The highest id among them. */
  lastId: number
  /** When the newest of them arrived. */
  arrivedAt: Date
  /** Whether the run may have more rows. */
  more: boolean
}

/**
 * Folds the oldest rows of the log of (locked) runs into summaries, pages and chunks, and removes them: a bounded
 * piece, at least one row of each run that has any. A row of a metric that is not defined is parked.
 * @returns the runs that had rows; call again until none has
 */
export async function foldLog(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'checkpoint'>,
  runs: Foldable[],
): Promise<Folded[]> {
  if (runs.length === 0) return []
  const rows = await readLog(
    trx,
    runs.map(({ key, fromId = 0 }) => ({ key, fromId })),
  )
  if (rows.length === 0) return []
  const byRun = Map.groupBy(rows, ({ runId }) => runId)
  const found = runs.flatMap((run) => {
    const own = byRun.get(run.key.runId)
    return own === undefined ? [] : [{ ...run, own, series: seriesOf(own) }]
  })
  const known = await readKnown(trx, found)
  const metrics = Map.groupBy(known.summaries, ({ run_id }) => run_id)
  const sorted = found.map((run) => {
    const ids = new Set(metrics.get(run.key.runId)?.map(({ metric_id }) => metric_id))
    const { good, bad } = separate(run.own, ids)
    return { ...run, bad, good, series: bad.length === 0 ? run.series : seriesOf(good) }
  })
  const entries = sorted.map(({ key, status, series }): Entry => ({ key, status, series }))
  const counts = (await storeSeries(trx, entries, known)) as Counts[]
  await parkLogRows(
    trx,
    sorted.flatMap(({ key, bad }) => bad.map(({ id, error }) => ({ key, id, error }))),
  )
  await removeFromLog(
    trx,
    sorted.flatMap(({ key, good }) => good.map(({ id }) => ({ key, id }))),
  )
  ctx.checkpoint('fold.folded')
  return sorted.map(({ key, own }, at) => {
    const last = own.at(-1) as LogRow
    const { id: lastId, arrivedAt } = last
    return { key, rows: own.length, lastId, arrivedAt, more: isFull(own), ...(counts[at] as Counts) }
  })
}

function seriesOf(rows: LogRow[]) {
  return rows.flatMap(({ series }) => series)
}

function separate(rows: LogRow[], metrics: Set<number>) {
  const bad = rows.flatMap(({ id, series }) => {
    const unknown = series.find(({ metricId }) => !metrics.has(metricId))
    return unknown === undefined
      ? []
      : [{ id, error: `There is no metric ${unknown.metricId} in the project.` }]
  })
  const ids = new Set(bad.map(({ id }) => id))
  return { bad, good: rows.filter(({ id }) => !ids.has(id)) }
}
