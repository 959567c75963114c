import { type Selectable, sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { packPoints, unpackPoints } from '../../db/packed-points.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database, MetricChunksTable } from '../../db/tables.ts'
import type { RunKey } from '../runs/types.ts'
import { SMALL_CHUNK, stepRange } from './chunks.ts'
import { join } from './read-points.ts'

/** So long a run belongs to who took it; after a crash another takes it then. */
const LEASE_MS = 60_000
/** One transaction looks at so many small rows, and puts at most so many points together: a few milliseconds. */
const ROWS = 1_000
const POINTS = 5_000

export interface CompactionBounds {
  /** Pieces of this call: one transaction each. */
  pieces: number
  /** Aborted when the process ends: no further piece is begun. */
  stopping: AbortSignal
}

/**
 * Puts the small rows of points of runs together, a bounded piece per transaction. Points stay the same and are never
 * out of sight; writers of the run are not held up, for they only add rows. A run with more to do than the bounds
 * allow goes to the end of the line.
 * @returns whether there may be more to do
 */
export async function compactRuns(
  ctx: Ctx,
  { pieces, stopping }: Partial<CompactionBounds> = {},
): Promise<boolean> {
  const bounds = { left: pieces ?? Number.POSITIVE_INFINITY, stopping }
  while (mayGoOn(bounds)) {
    const taken = await takeRun(ctx)
    if (taken === undefined) return false
    if (await compactRun(ctx, taken.key, bounds)) await closeRun(ctx, taken)
    else await giveBack(ctx, taken)
  }
  return true
}

interface Bounds {
  left: number
  stopping: AbortSignal | undefined
}

function mayGoOn({ left, stopping }: Bounds): boolean {
  return left > 0 && stopping?.aborted !== true
}

/** @returns whether all of its metrics are done */
async function compactRun(ctx: Ctx, key: RunKey, bounds: Bounds): Promise<boolean> {
  for (const metricId of await looseMetrics(ctx, key)) {
    for (let more = true; more; bounds.left -= 1) {
      if (!mayGoOn(bounds)) return false
      more = await compactPiece(ctx, key, metricId)
      ctx.checkpoint('compaction.piece-done')
    }
  }
  return true
}

/** Whether a run waits. */
export async function hasCompactions(ctx: Pick<Ctx, 'db' | 'clock'>): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('compactions')
    .select('run_id')
    .where('due_at', '<=', ctx.clock.now())
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

interface Taken {
  key: RunKey
  requests: number
  until: Date
}

async function takeRun(ctx: Ctx): Promise<Taken | undefined> {
  const now = ctx.clock.now()
  const until = new Date(now.getTime() + LEASE_MS)
  const { rows } = await sql<{ project_id: number; run_id: string; requests: number }>`
    update compactions set due_at = ${until}
    where (project_id, run_id) = (
      select project_id, run_id from compactions where due_at <= ${now} order by due_at limit 1 for update skip locked)
    returning project_id, run_id, requests`.execute(ctx.db)
  const [row] = rows
  return row && { key: { projectId: row.project_id, runId: row.run_id }, requests: row.requests, until }
}

/** Asked for again meanwhile, it stays, and is due when the lease ends. */
async function closeRun(ctx: Ctx, { key, requests }: Taken): Promise<void> {
  await ctx.db
    .deleteFrom('compactions')
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', sql<string>`${key.runId}::uuid`)
    .where('requests', '=', requests)
    .execute()
}

/** Behind those that wait already; one whose lease has passed to another is left to it. */
async function giveBack(ctx: Ctx, { key, until }: Taken): Promise<void> {
  await ctx.db
    .updateTable('compactions')
    .set({ due_at: ctx.clock.now() })
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', sql<string>`${key.runId}::uuid`)
    .where('due_at', '=', until)
    .execute()
}

async function looseMetrics(ctx: Ctx, key: RunKey): Promise<number[]> {
  const { rows } = await sql<{ metric_id: number }>`select metric_id from metric_summaries
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and loose > 1 order by metric_id`.execute(
    ctx.db,
  )
  return rows.map(({ metric_id }) => metric_id)
}

/** @returns whether there is another piece of this metric */
async function compactPiece(ctx: Ctx, key: RunKey, metricId: number): Promise<boolean> {
  return await ctx.db.transaction().execute(async (trx) => {
    if (!(await keepRun(trx, key))) return false
    let more = false
    let fewer = 0
    for (const stepped of [true, false]) {
      const small = await findSmallRows(trx, key, metricId, stepped)
      if (small.length < 2) continue
      const piece = await lockRows(trx, key, metricId, ofPoints(small, POINTS))
      more ||= small.length === ROWS || piece.length < small.length
      if (piece.length < 2) continue
      const points = await mergeRows(trx, key, metricId, piece)
      fewer += piece.length - (points < SMALL_CHUNK ? 1 : 0)
    }
    ctx.checkpoint('compaction.merged')
    // Sent along with the commit: writers add to the same count, and wait for it no longer than for any commit.
    if (fewer > 0) await runStatement(trx, COUNT_DOWN, [key.projectId, key.runId, metricId, fewer])
    return more
  })
}

const COUNT_DOWN = `/* count-loose-down, later */ update metric_summaries set loose = greatest(loose - $4::int, 0)
  where project_id = $1 and run_id = $2::uuid and metric_id = $3`

/**
 * Whoever deletes the run waits until the piece is done, instead of meeting it half way; writers are not hindered.
 * @returns false when it is gone
 */
async function keepRun(trx: Transaction<Database>, { projectId, runId }: RunKey): Promise<boolean> {
  const { rows } = await sql`select 1 from runs where project_id = ${projectId} and id = ${runId}::uuid
    for key share`.execute(trx)
  return rows.length > 0
}

type SmallRow = Pick<Selectable<MetricChunksTable>, 'id' | 'points'>

/** In the order of their arrival. */
async function findSmallRows(
  trx: Transaction<Database>,
  key: RunKey,
  metricId: number,
  stepped: boolean,
): Promise<SmallRow[]> {
  const { rows } = await sql<SmallRow>`select id, points from metric_chunks
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and metric_id = ${metricId}
      and points < ${SMALL_CHUNK} and stepped = ${stepped}
    order by id limit ${ROWS}`.execute(trx)
  return rows
}

/** The first rows that hold at most so many points together. */
function ofPoints(rows: SmallRow[], most: number): SmallRow[] {
  let points = 0
  return rows.filter((row) => {
    points += row.points
    return points <= most
  })
}

interface LockedRow {
  id: number
  /** In base64, as readPoints reads them. */
  packed: string
}

/** Only what is put together is read whole. What another process has put together meanwhile is not there any more. */
async function lockRows(
  trx: Transaction<Database>,
  key: RunKey,
  metricId: number,
  found: SmallRow[],
): Promise<LockedRow[]> {
  const { rows } = await sql<LockedRow>`select id, encode(packed, 'base64') as packed from metric_chunks
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and metric_id = ${metricId}
      and id = any(${found.map(({ id }) => id)}::bigint[]) and points < ${SMALL_CHUNK}
    order by id for update`.execute(trx)
  return rows
}

/** The first row takes the points of all: its place among rows of equal steps and times stays. @returns how many */
async function mergeRows(
  trx: Transaction<Database>,
  key: RunKey,
  metricId: number,
  rows: LockedRow[],
): Promise<number> {
  const points = join(rows.map(({ packed }) => unpackPoints(Buffer.from(packed, 'base64'))))
  const { low, high } = stepRange(points.steps)
  const [first, ...others] = rows.map(({ id }) => id)
  const own = sql`project_id = ${key.projectId} and run_id = ${key.runId}::uuid and metric_id = ${metricId}`
  await sql`delete from metric_chunks where ${own} and id = any(${others}::bigint[])`.execute(trx)
  await sql`update metric_chunks set packed = ${packPoints(points)}, points = ${points.values.length},
    min_step = ${String(low)}, max_step = ${String(high)} where ${own} and id = ${first}`.execute(trx)
  return points.values.length
}
