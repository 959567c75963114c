import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { commitUnflushed, planOnce, runStatement } from '../../../db/statements.ts'
import type { Database, RunKey, RunRow } from '../../../db/tables.ts'
import { transaction } from '../../../db/transaction.ts'
import * as points from '../../../points/index.ts'
import { isSettled, lockFreeRun, lockRuns } from '../lock-run.ts'
import { touchRuns } from './touch-runs.ts'

/**
 * Folds what is committed in the log of (locked) runs, all of it: afterwards their summaries are right. Runs that are
 * locked against appends get no more. A run that wrote is alive, and a lost one has returned.
 */
export async function foldLocked(trx: Transaction<Database>, ctx: Ctx, runs: RunRow[]): Promise<void> {
  for (let left = runs; left.length > 0; ) {
    const folded = await foldPiece(trx, ctx, left)
    const more = new Set(folded.flatMap((one) => (one.more ? [one.key.runId] : [])))
    left = left.filter(({ id }) => more.has(id))
  }
}

/** Folds runs before they are read: what was acknowledged until now is in their summaries afterwards. */
export async function foldRuns(ctx: Ctx, keys: RunKey[]): Promise<void> {
  for (const key of await points.findWaiting(ctx.db, keys)) await foldRun(ctx, key)
}

export interface FoldedRun {
  /** How many rows of the log were folded. */
  rows: number
  /** The highest id among them; 0 without any. */
  lastId: number
}

export interface FoldBounds {
  /** Rows with lower ids are folded; 0 looks at all. */
  fromId?: number
  /** At most so many transactions. */
  pieces?: number
  /** Leaves a run alone that another transaction has locked, instead of waiting for it. */
  unlessLocked?: boolean
}

/** Folds the log of a run, a bounded piece per transaction, until it has seen all that was committed before the call. */
export async function foldRun(
  ctx: Ctx,
  key: RunKey,
  { fromId = 0, pieces = Number.POSITIVE_INFINITY, unlessLocked = false }: FoldBounds = {},
): Promise<FoldedRun> {
  const total = { rows: 0, lastId: 0 }
  for (let [more, piece] = [true, 0]; more && piece < pieces; piece++) {
    const folded = await transaction(ctx.db, async (trx) => {
      await planOnce(trx)
      // Rows of the log that a crash brings back are folded again.
      await commitUnflushed(trx)
      const run = unlessLocked ? await lockFreeRun(trx, key) : (await lockRuns(trx, [key])).get(key.runId)
      const [one] = run === undefined ? [] : await foldPiece(trx, ctx, [run], fromId)
      return one
    })
    ctx.checkpoint('fold.committed')
    total.rows += folded?.rows ?? 0
    total.lastId = Math.max(total.lastId, folded?.lastId ?? 0)
    more = folded?.more ?? false
  }
  return total
}

async function foldPiece(
  trx: Transaction<Database>,
  ctx: Ctx,
  runs: RunRow[],
  fromId = 0,
): Promise<points.Folded[]> {
  const folded = await points.fold(
    trx,
    ctx,
    runs.map((run) => ({ key: keyOf(run), status: isSettled(run) ? run.status : 'running', fromId })),
  )
  await countRepeats(trx, folded)
  for (const { key, arrivedAt } of folded) {
    const run = runs.find(({ id }) => id === key.runId) as RunRow
    if (isSettled(run)) continue
    await touchRuns(trx, ctx, [run], arrivedAt > run.last_write_at ? arrivedAt : run.last_write_at)
  }
  return folded
}

const COUNT_REPEATS = `/* count-repeats, later */ update runs set repeated_points = runs.repeated_points + again.repeats
  from unnest($1::int[], $2::uuid[], $3::int[]) as again(project_id, id, repeats)
  where runs.project_id = again.project_id and runs.id = again.id`

/** Writes how many points came again exactly, of (locked) runs. */
export async function countRepeats(
  trx: Transaction<Database>,
  counts: { key: RunKey; repeats: number }[],
): Promise<void> {
  const repeated = counts.filter(({ repeats }) => repeats > 0)
  if (repeated.length === 0) return
  await runStatement(trx, COUNT_REPEATS, [
    repeated.map(({ key }) => key.projectId),
    repeated.map(({ key }) => key.runId),
    repeated.map(({ repeats }) => repeats),
  ])
}

function keyOf({ project_id: projectId, id: runId }: RunRow): RunKey {
  return { projectId, runId }
}
