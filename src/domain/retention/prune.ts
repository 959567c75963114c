import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { endChore, leaseChore } from '../chores.ts'
import { EXPIRING, type ExpiringRows } from './expiring-rows.ts'

const CHORE = 'prune'
const PRUNE_EVERY_MS = 3_600_000
/** After a crash another process goes on when the lease has ended. */
const LEASE_MS = 60_000
/** Rows that one statement deletes, in a few milliseconds. */
const MAX_ROWS = 1_000

export interface PruneBounds {
  /** Statements of this call. */
  pieces: number
  /** Aborted when the process ends: no further statement is begun. */
  stopping: AbortSignal
}

/**
 * Deletes expired rows, at most once an hour, 1,000 per transaction, skipping locked rows.
 * @returns whether there are more to delete now
 */
export async function prune(ctx: Ctx, bounds: PruneBounds): Promise<boolean> {
  const leased = await leaseChore(ctx, CHORE, LEASE_MS)
  if (leased === undefined) return false
  const isDone = await deleteExpired(ctx, bounds)
  await endChore(ctx, leased, isDone ? PRUNE_EVERY_MS : 0)
  return !isDone
}

/** @returns whether all expired rows are deleted */
async function deleteExpired(ctx: Ctx, { pieces, stopping }: PruneBounds): Promise<boolean> {
  const now = ctx.clock.now().getTime()
  let left = pieces
  for (const rows of EXPIRING) {
    const before = new Date(now - rows.afterMs)
    for (let gone = MAX_ROWS; gone === MAX_ROWS; left -= 1) {
      if (left === 0 || stopping.aborted) return false
      gone = await deletePiece(ctx, rows, before)
      ctx.checkpoint('prune.piece-done')
    }
  }
  return true
}

async function deletePiece(ctx: Ctx, { table, where }: ExpiringRows, before: Date): Promise<number> {
  // planner-hint: array-read-once
  const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where ctid = any(array(
    select ctid from ${sql.table(table)} where ${where(before)} limit ${MAX_ROWS} for update skip locked))`.execute(
    ctx.db,
  )
  return Number(numAffectedRows)
}
