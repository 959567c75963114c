import { sql } from 'kysely'
import type { Ctx } from '../context.ts'
import type { RunKey } from '../db/tables.ts'
import { compactPiece, type Cursor } from './compact-piece.ts'

/** After a crash another process goes on with the run when the lease has ended. */
const LEASE_MS = 60_000

export interface CompactionBounds {
  /** Pieces of this call: one transaction each. */
  pieces: number
  /** Aborted when the process ends: no further piece is begun. */
  stopping: AbortSignal
}

/**
 * Merges the pages and small chunks of ended runs that are due, a bounded piece per transaction. Readers see all points
 * at all times. A run with more to do than the bounds allow goes to the end of
 * the queue.
 * @returns whether there may be more to do
 */
export async function compactRuns(
  ctx: Ctx,
  { pieces, stopping }: Partial<CompactionBounds> = {},
): Promise<boolean> {
  const bounds = { left: pieces ?? Number.POSITIVE_INFINITY, stopping }
  while (mayGoOn(bounds)) {
    const taken = await leaseRun(ctx)
    if (taken === undefined) return false
    if (await compactRun(ctx, taken.key, bounds)) await closeRun(ctx, taken)
    else await releaseRun(ctx, taken)
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

/** @returns whether all of it is done */
async function compactRun(ctx: Ctx, key: RunKey, bounds: Bounds): Promise<boolean> {
  let after: Cursor | undefined
  do {
    if (!mayGoOn(bounds)) return false
    after = await compactPiece(ctx, key, after)
    bounds.left -= 1
    ctx.checkpoint('compaction.piece-done')
  } while (after !== undefined)
  return true
}

/** Whether a run is due. */
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

async function leaseRun(ctx: Ctx): Promise<Taken | undefined> {
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

/** Removes the run, unless it was requested again meanwhile: then it is due when the lease ends. */
async function closeRun(ctx: Ctx, { key, requests }: Taken): Promise<void> {
  await ctx.db
    .deleteFrom('compactions')
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', sql<string>`${key.runId}::uuid`)
    .where('requests', '=', requests)
    .execute()
}

/** Puts the run behind those that are due already, unless its lease has passed to another process. */
async function releaseRun(ctx: Ctx, { key, until }: Taken): Promise<void> {
  await ctx.db
    .updateTable('compactions')
    .set({ due_at: ctx.clock.now() })
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', sql<string>`${key.runId}::uuid`)
    .where('due_at', '=', until)
    .execute()
}
