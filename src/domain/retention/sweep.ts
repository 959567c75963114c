import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { endChore, leaseChore } from '../chores.ts'
import { SERVED, type Served } from './served.ts'

const CHORE = 'sweep'
const EVERY_MS = 3_600_000
/** So long the work belongs to who took it; after a crash another takes it then. */
const LEASE_MS = 60_000
/** Rows that go in one statement: a few milliseconds. */
const ROWS = 1_000

export interface SweepBounds {
  /** Statements of this call. */
  pieces: number
  /** Aborted when the process ends: no further piece is begun. */
  stopping: AbortSignal
}

/**
 * Forgets what has served its time, an hour after the last time at the earliest, in pieces that hold nobody up: each
 * is a transaction of its own and passes over rows that somebody works on.
 * @returns whether there is more to forget now
 */
export async function sweep(ctx: Ctx, bounds: SweepBounds): Promise<boolean> {
  const taken = await leaseChore(ctx, CHORE, LEASE_MS)
  if (taken === undefined) return false
  const isDone = await forgetServed(ctx, bounds)
  await endChore(ctx, taken, isDone ? EVERY_MS : 0)
  return !isDone
}

/** @returns whether all of it is gone */
async function forgetServed(ctx: Ctx, { pieces, stopping }: SweepBounds): Promise<boolean> {
  const now = ctx.clock.now().getTime()
  let left = pieces
  for (const served of SERVED) {
    const before = new Date(now - served.afterMs)
    for (let gone = ROWS; gone === ROWS; left -= 1) {
      if (left === 0 || stopping.aborted) return false
      gone = await forgetPiece(ctx, served, before)
      ctx.checkpoint('sweep.piece-done')
    }
  }
  return true
}

async function forgetPiece(ctx: Ctx, { table, where }: Served, before: Date): Promise<number> {
  const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where ctid = any(array(
    select ctid from ${sql.table(table)} where ${where(before)} limit ${ROWS} for update skip locked))`.execute(
    ctx.db,
  )
  return Number(numAffectedRows)
}
