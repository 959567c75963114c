import type { Transaction } from 'kysely'
import { packPoints, type PointColumns, unpackPoints } from './packed-points.ts'
import { runStatement } from '../db/statements.ts'
import { compareSteps, type Step } from '../db/step.ts'
import type { Database, RunKey } from '../db/tables.ts'
import type { SeriesInput } from './types.ts'
import { type LockedSummary, onlyPoint } from './summaries.ts'

/** A row of metric_chunks that is about to be written. */
export interface ChunkRow {
  key: RunKey
  metricId: number
  low: Step
  high: Step
  stepped: boolean
  points: number
  packed: Buffer
}

/** Chunks of fewer points are merged later. */
export const SMALL_CHUNK = 500

export function isSmall({ points }: Pick<ChunkRow, 'points'>): boolean {
  return points < SMALL_CHUNK
}

export function chunkOf(key: RunKey, metricId: number, points: PointColumns, stepped: boolean): ChunkRow {
  const { low, high } = stepRange(points.steps)
  return { key, metricId, low, high, stepped, points: points.values.length, packed: packPoints(points) }
}

const INSERT = `/* insert-chunks, later */ insert into metric_chunks
  (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed, loose)
  select project_id, run_id, metric_id, low, high, stepped, points, substring($8::bytea from at for size),
    points < ${SMALL_CHUNK}
  from unnest($1::int[], $2::uuid[], $3::int[], $4::bigint[], $5::bigint[], $6::bool[], $7::int[], $9::int[], $10::int[])
    as chunk(project_id, run_id, metric_id, low, high, stepped, points, at, size)`

/** All bytes go as one parameter: an array of them would travel as text, twice as long. */
export async function insertChunks(trx: Transaction<Database>, chunks: ChunkRow[]): Promise<void> {
  if (chunks.length === 0) return
  let at = 1
  const starts = chunks.map(({ packed }) => {
    const start = at
    at += packed.length
    return start
  })
  await runStatement(trx, INSERT, [
    chunks.map(({ key }) => key.projectId),
    chunks.map(({ key }) => key.runId),
    chunks.map(({ metricId }) => metricId),
    chunks.map(({ low }) => String(low)),
    chunks.map(({ high }) => String(high)),
    chunks.map(({ stepped }) => stepped),
    chunks.map(({ points }) => points),
    chunks.length === 1 ? chunks[0]?.packed : Buffer.concat(chunks.map(({ packed }) => packed)),
    starts,
    chunks.map(({ packed }) => packed.length),
  ])
}

const TOUCHED = `/* read-touched-chunks */ select range.at, chunk.metric_id, chunk.packed
  from unnest($1::int[], $2::int[], $3::uuid[], $4::int[], $5::bigint[], $6::bigint[])
    as range(at, project_id, run_id, metric_id, low, high)
  join metric_chunks chunk on chunk.project_id = range.project_id and chunk.run_id = range.run_id
    and chunk.metric_id = range.metric_id and chunk.stepped
    and chunk.max_step >= range.low and chunk.min_step <= range.high`

interface Range {
  at: number
  key: RunKey
  metricId: number
  low: Step
  high: Step
}

/**
 * The stored points that new ones may repeat, for each entry by metric. Only rows whose steps a batch overlaps are
 * read; a batch that goes on where the last one ended reads none.
 */
export async function readTouchedPoints(
  trx: Transaction<Database>,
  entries: { key: RunKey; series: SeriesInput[] }[],
  locked: Map<string, LockedSummary>[],
): Promise<Map<number, PointColumns[]>[]> {
  const touched = entries.map(() => new Map<number, PointColumns[]>())
  const ranges: Range[] = []
  for (const [at, { key, series }] of entries.entries()) {
    for (const { name, steps } of series) {
      const { metricId, summary = null } = locked[at]?.get(name) ?? { metricId: 0 }
      if (steps === null || steps.length === 0 || summary === null) continue
      const { low, high } = stepRange(steps)
      if (compareSteps(low, summary.max_seen_step) > 0) continue
      const first = onlyPoint(summary)
      if (first === undefined) ranges.push({ at, key, metricId, low, high })
      else if (summary.last_stepped) touched[at]?.set(metricId, [first])
    }
  }
  if (ranges.length === 0) return touched
  const rows = await runStatement<{ at: number; metric_id: number; packed: Buffer }>(trx, TOUCHED, [
    ranges.map(({ at }) => at),
    ranges.map(({ key }) => key.projectId),
    ranges.map(({ key }) => key.runId),
    ranges.map(({ metricId }) => metricId),
    ranges.map(({ low }) => String(low)),
    ranges.map(({ high }) => String(high)),
  ])
  for (const { at, metric_id, packed } of rows) {
    const own = touched[at]?.get(metric_id) ?? []
    touched[at]?.set(metric_id, [...own, unpackPoints(packed)])
  }
  return touched
}

/** The lowest and the highest of some steps. */
export function stepRange(steps: Step[]): { low: Step; high: Step } {
  let low = steps[0] as Step
  let high = low
  for (const step of steps) {
    if (step < low) low = step
    else if (step > high) high = step
  }
  return { low, high }
}
