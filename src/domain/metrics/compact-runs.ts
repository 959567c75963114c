import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { packPoints, unpackPoints } from '../../db/packed-points.ts'
import type { Database } from '../../db/tables.ts'
import type { RunKey } from '../runs/types.ts'
import { SMALL_CHUNK, stepRange } from './chunks.ts'
import { join } from './read-points.ts'

/** So long a run belongs to who took it; after a crash another takes it then. */
const LEASE_MS = 60_000
/** One transaction puts at most so many rows and points together: a few milliseconds. */
const ROWS = 1_000
const POINTS = 5_000

/**
 * Puts the small rows of points of runs together, a bounded piece per transaction. Points stay the same and are never
 * out of sight; writers of the run are not held up, for they only add rows.
 * @param most runs in this call
 * @returns whether there may be more to do
 */
export async function compactRuns(ctx: Ctx, most: number): Promise<boolean> {
  for (let done = 0; done < most; done++) {
    const taken = await takeRun(ctx)
    if (taken === undefined) return false
    for (const metricId of await looseMetrics(ctx, taken.key)) {
      while (await compactPiece(ctx, taken.key, metricId)) ctx.checkpoint('compaction.piece-done')
    }
    await closeRun(ctx, taken)
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
}

async function takeRun(ctx: Ctx): Promise<Taken | undefined> {
  const now = ctx.clock.now()
  const { rows } = await sql<{ project_id: number; run_id: string; requests: number }>`
    update compactions set due_at = ${new Date(now.getTime() + LEASE_MS)}
    where (project_id, run_id) = (
      select project_id, run_id from compactions where due_at <= ${now} order by due_at limit 1 for update skip locked)
    returning project_id, run_id, requests`.execute(ctx.db)
  const [row] = rows
  return row && { key: { projectId: row.project_id, runId: row.run_id }, requests: row.requests }
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
    let more = false
    let fewer = 0
    for (const stepped of [true, false]) {
      const small = await lockSmallRows(trx, key, metricId, stepped)
      const piece = ofPoints(small, POINTS)
      if (piece.length < 2) continue
      const points = await mergeRows(trx, key, metricId, piece)
      fewer += piece.length - (points < SMALL_CHUNK ? 1 : 0)
      more ||= small.length === ROWS || piece.length < small.length
    }
    ctx.checkpoint('compaction.merged')
    await sql`update metric_summaries set loose = greatest(loose - ${fewer}, 0) where project_id = ${key.projectId}
      and run_id = ${key.runId}::uuid and metric_id = ${metricId}`.execute(trx)
    return more
  })
}

interface SmallRow {
  id: number
  points: number
  packed: Buffer
}

/** In the order of their arrival; what another process works on is left to it. */
async function lockSmallRows(
  trx: Transaction<Database>,
  key: RunKey,
  metricId: number,
  stepped: boolean,
): Promise<SmallRow[]> {
  const { rows } = await sql<SmallRow>`select id, points, packed from metric_chunks
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and metric_id = ${metricId}
      and points < ${SMALL_CHUNK} and stepped = ${stepped}
    order by id limit ${ROWS} for update skip locked`.execute(trx)
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

/** The first row takes the points of all: its place among rows of equal steps and times stays. @returns how many */
async function mergeRows(
  trx: Transaction<Database>,
  key: RunKey,
  metricId: number,
  rows: SmallRow[],
): Promise<number> {
  const points = join(rows.map(({ packed }) => unpackPoints(packed)))
  const { low, high } = stepRange(points.steps)
  const [first, ...others] = rows.map(({ id }) => id)
  const own = sql`project_id = ${key.projectId} and run_id = ${key.runId}::uuid and metric_id = ${metricId}`
  await sql`delete from metric_chunks where ${own} and id = any(${others}::bigint[])`.execute(trx)
  await sql`update metric_chunks set packed = ${packPoints(points)}, points = ${points.values.length},
    min_step = ${String(low)}, max_step = ${String(high)} where ${own} and id = ${first}`.execute(trx)
  return points.values.length
}
