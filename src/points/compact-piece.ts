import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { unpackPoints } from './packed-points.ts'
import { runStatement } from '../db/statements.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import { type ChunkRow, chunksOf, insertChunks, joinBytes } from './chunks.ts'
import { joinSeries, partOf, seriesOf } from './join-series.ts'
import { removePages } from './pages.ts'

/** One transaction looks at this many chunks and merges this many points at most, in a few milliseconds. */
const MAX_ROWS = 1_000
const MAX_POINTS = 5_000

/** Chunks of fewer points are merged: a row of its own costs as much as some ten points. */
const SMALL_CHUNK = 2_048

/** The last chunk of a run that was looked at, in the order of metric and id. */
export interface Cursor {
  metricId: number
  id: number
}

/**
 * Stores the pages of an ended run as chunks, and merges small chunks that follow each other, metric by metric. Readers
 * see all points at all times. A run that goes on is left alone: its end comes again.
 * @param after where the piece before this one ended
 * @returns where this one ended; undefined when no chunk comes after it
 */
export async function compactPiece(
  ctx: Ctx,
  key: RunKey,
  after: Cursor | undefined,
): Promise<Cursor | undefined> {
  return await transaction(ctx.db, async (trx) => {
    const status = await lockRun(trx, key)
    if (status === undefined || status === 'running') return undefined
    if (after === undefined) await storePages(trx, key)
    const found = await findRows(trx, key, after)
    const piece = ofPiece(found)
    await merge(trx, key, smallNeighbours(piece))
    ctx.checkpoint('compaction.merged')
    return piece.length < found.length || found.length === MAX_ROWS ? piece.at(-1) : undefined
  })
}

/** Folds, the end of the run and its deletion wait until the piece is done. @returns undefined when it is gone */
async function lockRun(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
): Promise<RunStatus | undefined> {
  const { rows } = await sql<{ status: RunStatus }>`select status from runs
    where project_id = ${projectId} and id = ${runId}::uuid for no key update`.execute(trx)
  return rows[0]?.status
}

async function storePages(trx: Transaction<Database>, key: RunKey): Promise<void> {
  const series = joinSeries((await removePages(trx, [key])).get(key.runId) ?? [])
  await insertChunks(
    trx,
    series.flatMap((one) => chunksOf(key, one.metricId, partOf(one))),
  )
}

type FoundRow = Cursor & { points: number; stepped: boolean }

/** By metric, and there in the order of their arrival. */
async function findRows(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
  after: Cursor | undefined,
): Promise<FoundRow[]> {
  const rest = after === undefined ? sql`true` : sql`(metric_id, id) > (${after.metricId}, ${after.id})`
  const { rows } = await sql<FoundRow>`select metric_id as "metricId", id, points, stepped from metric_chunks
    where project_id = ${projectId} and run_id = ${runId}::uuid and ${rest}
    order by metric_id, id limit ${MAX_ROWS}`.execute(trx)
  return rows
}

const isSmall = ({ points }: FoundRow) => points < SMALL_CHUNK

/** Whole metrics, as many as the bounds allow; of one that is larger its first rows. */
function ofPiece(found: FoundRow[]): FoundRow[] {
  let points = 0
  const bounded = found.filter((row) => {
    points += isSmall(row) ? row.points : 0
    return points <= MAX_POINTS
  })
  const isCut = bounded.length < found.length || found.length === MAX_ROWS
  const last = bounded.at(-1)?.metricId
  const whole = isCut ? bounded.filter(({ metricId }) => metricId !== last) : bounded
  return whole.length > 0 ? whole : bounded
}

/**
 * Small chunks of a metric with no large one between them: what is merged keeps its place in the order of arrival.
 * Points with steps of their own and points without are never in one chunk.
 */
function smallNeighbours(rows: FoundRow[]): FoundRow[][] {
  const groups: FoundRow[][] = []
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1]
    const goesOn =
      before !== undefined &&
      isSmall(before) &&
      isSmall(row) &&
      before.metricId === row.metricId &&
      before.stepped === row.stepped
    if (goesOn) groups.at(-1)?.push(row)
    else groups.push([row])
  }
  return groups.filter((group) => group.length > 1)
}

type RemovedRow = Cursor & { stepped: boolean; packed: string }

/** A merged chunk gets the id of its first one. */
async function merge(trx: Transaction<Database>, key: RunKey, groups: FoundRow[][]): Promise<void> {
  const wanted = groups.flat()
  if (wanted.length === 0) return
  const { rows } = await sql<RemovedRow>`delete from metric_chunks
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and (metric_id, id) in (
      select * from unnest(${wanted.map(({ metricId }) => metricId)}::int[], ${wanted.map(({ id }) => id)}::bigint[]))
    returning metric_id as "metricId", id, stepped, encode(packed, 'base64') as packed`.execute(trx)
  const packed = new Map(rows.map((row) => [row.id, row]))
  const merged = groups.flatMap((group) =>
    mergedChunks(
      key,
      group.map(({ id }) => packed.get(id) as RemovedRow),
    ),
  )
  await insertMerged(trx, key, merged)
}

type MergedRow = ChunkRow & { id: number }

function mergedChunks(key: RunKey, rows: RemovedRow[]): MergedRow[] {
  const [{ metricId, stepped }] = rows as [RemovedRow]
  const series = rows.map(({ packed }) =>
    seriesOf(metricId, { stepped, points: unpackPoints(Buffer.from(packed, 'base64')) }),
  )
  const chunks = joinSeries(series).flatMap((one) => chunksOf(key, metricId, partOf(one)))
  return chunks.map((chunk, at) => ({ ...chunk, id: (rows[at] as RemovedRow).id }))
}

const INSERT = `/* insert-merged-chunks, later */ insert into metric_chunks
  (project_id, run_id, metric_id, id, min_step, max_step, stepped, points, packed)
  select $1, $2::uuid, metric_id, id, low, high, stepped, points, substring($3::bytea from at for size)
  from unnest($4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bool[], $9::int[], $10::int[], $11::int[])
    as chunk(metric_id, id, low, high, stepped, points, at, size)`

async function insertMerged(trx: Transaction<Database>, key: RunKey, merged: MergedRow[]): Promise<void> {
  const { bytes, starts, sizes } = joinBytes(merged.map(({ packed }) => packed))
  await runStatement(trx, INSERT, [
    key.projectId,
    key.runId,
    bytes,
    merged.map(({ metricId }) => metricId),
    merged.map(({ id }) => id),
    merged.map(({ low }) => String(low)),
    merged.map(({ high }) => String(high)),
    merged.map(({ stepped }) => stepped),
    merged.map(({ points }) => points),
    starts,
    sizes,
  ])
}
