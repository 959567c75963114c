import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { unpackPoints } from './packed-points.ts'
import { runStatement } from '../db/statements.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import { type ChunkRow, chunkOf, isSmall } from './chunks.ts'
import { join } from './read-points.ts'
import { moveTailsOf } from './tails.ts'

/** One transaction reads at most this many small chunks and merges at most this many points, in a few milliseconds. */
const MAX_ROWS = 1_000
const MAX_POINTS = 5_000

/** The last small chunk of a run that was looked at, in the order of metric and id. */
export interface Cursor {
  metricId: number
  id: number
}

/**
 * Merges small chunks of a run, metric by metric. A chunk that is large enough then, and every chunk once the run has
 * ended, is not merged again. Readers see all points at all times.
 * @param after where the piece before this one ended
 * @returns where this one ended; undefined when no small chunk comes after it
 */
export async function compactPiece(
  ctx: Ctx,
  key: RunKey,
  after: Cursor | undefined,
): Promise<Cursor | undefined> {
  return await transaction(ctx.db, async (trx) => {
    const status = await keepRun(trx, key)
    if (status === undefined) return undefined
    if (status !== 'running' && after === undefined) await moveTailsOf(trx, key)
    const found = await findSmallRows(trx, key, after)
    const piece = ofPiece(found)
    const groups = grouped(await lockRows(trx, key, piece))
    await replace(
      trx,
      key,
      status === 'running' ? groups.filter((rows) => rows.length > 1) : groups,
      status !== 'running',
    )
    ctx.checkpoint('compaction.merged')
    return piece.length < found.length || found.length === MAX_ROWS ? piece.at(-1) : undefined
  })
}

/**
 * Locks the run against its deletion until the piece is done; writers do not wait.
 * @returns undefined when it is gone
 */
async function keepRun(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
): Promise<RunStatus | undefined> {
  const { rows } = await sql<{ status: RunStatus }>`select status from runs
    where project_id = ${projectId} and id = ${runId}::uuid for key share`.execute(trx)
  return rows[0]?.status
}

type FoundRow = Cursor & { points: number }

/** By metric, and there in the order of their arrival. */
async function findSmallRows(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
  after: Cursor | undefined,
): Promise<FoundRow[]> {
  const rest = after === undefined ? sql`true` : sql`(metric_id, id) > (${after.metricId}, ${after.id})`
  const { rows } = await sql<FoundRow>`select metric_id as "metricId", id, points from metric_chunks
    where project_id = ${projectId} and run_id = ${runId}::uuid and loose and ${rest}
    order by metric_id, id limit ${MAX_ROWS}`.execute(trx)
  return rows
}

/** Whole metrics, as many as the bounds allow; of one that is larger its first rows. */
function ofPiece(found: FoundRow[]): FoundRow[] {
  let points = 0
  const bounded = found.filter((row) => {
    points += row.points
    return points <= MAX_POINTS
  })
  const isCut = bounded.length < found.length || found.length === MAX_ROWS
  const last = bounded.at(-1)?.metricId
  const whole = isCut ? bounded.filter(({ metricId }) => metricId !== last) : bounded
  return whole.length > 0 ? whole : bounded
}

interface SmallRow extends Cursor {
  stepped: boolean
  /** In base64, as readPoints reads them. */
  packed: string
}

/** Chunks that another process has merged meanwhile are missing. */
async function lockRows(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
  piece: FoundRow[],
): Promise<SmallRow[]> {
  if (piece.length === 0) return []
  const { rows } =
    await sql<SmallRow>`select metric_id as "metricId", id, stepped, encode(packed, 'base64') as packed
    from metric_chunks where project_id = ${projectId} and run_id = ${runId}::uuid and loose
      and (metric_id, id) in (select * from ${places(piece)})
    order by metric_id, id for update`.execute(trx)
  return rows
}

function places(rows: Cursor[]) {
  return sql`unnest(${rows.map(({ metricId }) => metricId)}::int[], ${rows.map(({ id }) => id)}::bigint[])`
}

/** Points with steps of their own and points without are never in one row. */
function grouped(rows: SmallRow[]): SmallRow[][] {
  return [...Map.groupBy(rows, ({ metricId, stepped }) => `${metricId} ${stepped}`).values()]
}

const INSERT = `/* insert-merged-chunks, later */ insert into metric_chunks
  (project_id, run_id, metric_id, id, min_step, max_step, stepped, points, packed, loose)
  select $1, $2::uuid, metric_id, id, low, high, stepped, points, substring($3::bytea from at for size), loose
  from unnest($4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bool[], $9::int[], $10::int[], $11::int[], $12::bool[])
    as chunk(metric_id, id, low, high, stepped, points, at, size, loose)`

/** A merged chunk gets the id of its first one, so that points of equal steps and times keep their order. */
async function replace(
  trx: Transaction<Database>,
  key: RunKey,
  groups: SmallRow[][],
  isEnded: boolean,
): Promise<void> {
  if (groups.length === 0) return
  const { projectId, runId } = key
  await sql`delete from metric_chunks where project_id = ${projectId} and run_id = ${runId}::uuid and loose
    and (metric_id, id) in (select * from ${places(groups.flat())})`.execute(trx)
  const merged = groups.map((rows) => ({ ...mergedRow(key, rows), id: rows[0]?.id }))
  let at = 1
  const starts = merged.map(({ packed }) => (at += packed.length) - packed.length)
  await runStatement(trx, INSERT, [
    projectId,
    runId,
    Buffer.concat(merged.map(({ packed }) => packed)),
    merged.map(({ metricId }) => metricId),
    merged.map(({ id }) => id),
    merged.map(({ low }) => String(low)),
    merged.map(({ high }) => String(high)),
    merged.map(({ stepped }) => stepped),
    merged.map(({ points }) => points),
    starts,
    merged.map(({ packed }) => packed.length),
    merged.map((row) => !isEnded && isSmall(row)),
  ])
}

function mergedRow(key: RunKey, rows: SmallRow[]): ChunkRow {
  const { metricId = 0, stepped = true } = rows[0] ?? {}
  const points = join(rows.map(({ packed }) => unpackPoints(Buffer.from(packed, 'base64'))))
  return chunkOf(key, metricId, points, stepped)
}
