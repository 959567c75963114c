import type { Transaction } from 'kysely'
import { packPoints, type PointColumns, unpackPoints } from './packed-points.ts'
import { runStatement, type Statement } from '../db/statements.ts'
import type { Step } from '../db/step.ts'
import type { Database, RunKey } from '../db/tables.ts'
import type { Part } from './summary.ts'

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

/** Longer series are cut: a reader of a few points unpacks no more. */
export const MAX_CHUNK_POINTS = 4_096

/** The chunks of a metric's points. */
export function chunksOf(key: RunKey, metricId: number, { points, stepped }: Part): ChunkRow[] {
  return cut(points).map((columns) => {
    const { low, high } = stepRange(columns.steps)
    const count = columns.values.length
    return { key, metricId, low, high, stepped, points: count, packed: packPoints(columns) }
  })
}

function cut(points: PointColumns): PointColumns[] {
  const count = points.values.length
  if (count <= MAX_CHUNK_POINTS) return [points]
  return Array.from({ length: Math.ceil(count / MAX_CHUNK_POINTS) }, (_, at) => {
    const [from, to] = [at * MAX_CHUNK_POINTS, (at + 1) * MAX_CHUNK_POINTS]
    const { steps, times, values } = points
    return { steps: steps.slice(from, to), times: times.slice(from, to), values: values.subarray(from, to) }
  })
}

const INSERT = `/* insert-chunks, later */ insert into metric_chunks
  (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed)
  select project_id, run_id, metric_id, low, high, stepped, points, substring($8::bytea from at for size)
  from unnest($1::int[], $2::uuid[], $3::int[], $4::bigint[], $5::bigint[], $6::bool[], $7::int[], $9::int[], $10::int[])
    as chunk(project_id, run_id, metric_id, low, high, stepped, points, at, size)`

/** All bytes go as one parameter: an array of them would travel as text, twice as long. */
export async function insertChunks(trx: Transaction<Database>, chunks: ChunkRow[]): Promise<void> {
  if (chunks.length === 0) return
  const packed = joinBytes(chunks.map((chunk) => chunk.packed))
  await runStatement(trx, INSERT, [
    chunks.map(({ key }) => key.projectId),
    chunks.map(({ key }) => key.runId),
    chunks.map(({ metricId }) => metricId),
    chunks.map(({ low }) => String(low)),
    chunks.map(({ high }) => String(high)),
    chunks.map(({ stepped }) => stepped),
    chunks.map(({ points }) => points),
    packed.bytes,
    packed.starts,
    packed.sizes,
  ])
}

/** Byte strings as one parameter, with where each begins, counted from one as PostgreSQL counts, and how long it is. */
export function joinBytes(parts: Buffer[]): { bytes: Buffer; starts: number[]; sizes: number[] } {
  let at = 1
  const starts = parts.map(({ length }) => (at += length) - length)
  const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  return { bytes, starts, sizes: parts.map(({ length }) => length) }
}

// As base64, which Node reads back several times faster than the hex that bytea otherwise travels as.
const TOUCHED = `/* read-touched-chunks */ select chunk.run_id, chunk.metric_id, chunk.stepped,
    encode(chunk.packed, 'base64') as packed
  from unnest($1::int[], $2::uuid[], $3::int[], $4::bigint[], $5::bigint[])
    as range(project_id, run_id, metric_id, low, high)
  join metric_chunks chunk on chunk.project_id = range.project_id and chunk.run_id = range.run_id
    and chunk.metric_id = range.metric_id and chunk.max_step >= range.low and chunk.min_step <= range.high
  order by chunk.id`

export interface Range {
  key: RunKey
  metricId: number
  low: Step
  high: Step
}

export type TouchedRow = { run_id: string; metric_id: number; stepped: boolean; packed: string }

/** Reads the chunks whose steps overlap the ranges, in the order of their arrival. */
export function readTouchedChunks(ranges: Range[]): Statement {
  const parameters = [
    ranges.map(({ key }) => key.projectId),
    ranges.map(({ key }) => key.runId),
    ranges.map(({ metricId }) => metricId),
    ranges.map(({ low }) => String(low)),
    ranges.map(({ high }) => String(high)),
  ]
  return { text: TOUCHED, parameters }
}

export function partOf({ stepped, packed }: Pick<TouchedRow, 'stepped' | 'packed'>): Part {
  return { stepped, points: unpackPoints(Buffer.from(packed, 'base64')) }
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
