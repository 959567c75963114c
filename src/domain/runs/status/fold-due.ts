import { sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { runStatement } from '../../../db/statements.ts'
import type { RunKey } from '../../../db/tables.ts'
import { transaction } from '../../../db/transaction.ts'
import * as points from '../../../points/index.ts'
import { lockRun } from '../lock-run.ts'
import { foldLocked, foldRun } from './fold-runs.ts'

/** A run whose log was empty for so long is no longer looked at; its next point brings it back. */
const IDLE_AFTER_MS = 30_000
/**
 * An append takes its ids before it commits, so that a lower id may become visible after a higher one. Rows are looked for
 * from where the log had been folded so long ago, and now and then, and at the end of a run, from the beginning.
 */
const LATE_MS = 5_000
const LOOK_AT_ALL_EVERY_MS = 60_000

/** What a process remembers of a run that it folds. */
interface Mark {
  /** Rows with lower ids were folded at least LATE_MS ago. */
  fromId: number
  /** The same as of `at`: it becomes `fromId` when it is old enough. */
  nextId: number
  at: number
  lookedAtAll: number
  /** When the log of the run was last seen with rows. */
  busyAt: number
}

/** Folds of one process. */
export interface Folder {
  /**
   * Folds every run that has rows in the log, once; a run that another process works on is left to it.
   * @returns how many rows were folded
   */
  foldDue(): Promise<number>
}

/** @param stopping aborted when the process ends: no further run is begun */
export function createFolder(ctx: Ctx, stopping?: AbortSignal): Folder {
  const marks = new Map<string, Mark>()
  const foldOne = async (due: Due): Promise<number> => {
    const now = ctx.clock.now().getTime()
    const mark = marks.get(due.key.runId) ?? newMark(due, now)
    marks.set(due.key.runId, mark)
    const all = now - mark.lookedAtAll >= LOOK_AT_ALL_EVERY_MS
    if (!due.waiting && !all) {
      if (now - mark.busyAt < IDLE_AFTER_MS) return 0
      if (await closeDue(ctx, due.key)) marks.delete(due.key.runId)
      return 0
    }
    if (all) mark.lookedAtAll = now
    const { rows, lastId } = await foldRun(ctx, due.key, {
      fromId: all ? 0 : mark.fromId,
      unlessLocked: true,
    })
    if (rows > 0) mark.busyAt = now
    if (now - mark.at >= LATE_MS) {
      Object.assign(mark, { fromId: mark.nextId, nextId: Math.max(mark.nextId, lastId), at: now })
      await writeMark(ctx, due.key, mark.fromId)
    }
    return rows
  }
  return {
    foldDue: async () => {
      let rows = 0
      for (const due of await readDue(ctx)) {
        if (stopping?.aborted === true) break
        rows += await foldOne(due)
      }
      return rows
    },
  }
}

function newMark({ fromId }: Due, now: number): Mark {
  return { fromId, nextId: fromId, at: now, lookedAtAll: now, busyAt: now }
}

interface Due {
  key: RunKey
  fromId: number
  waiting: boolean
}

const READ = `/* read-fold-due */ select due.project_id, due.run_id, due.from_id, exists (
    select from point_log log where log.project_id = due.project_id and log.run_id = due.run_id
      and log.id >= due.from_id and log.error is null) as waiting
  from fold_due due`

async function readDue(ctx: Pick<Ctx, 'db'>): Promise<Due[]> {
  const rows = await runStatement<{ project_id: number; run_id: string; from_id: number; waiting: boolean }>(
    ctx.db,
    READ,
    [],
  )
  return rows.map(({ project_id: projectId, run_id: runId, from_id, waiting }) => ({
    key: { projectId, runId },
    fromId: from_id,
    waiting,
  }))
}

async function writeMark(ctx: Pick<Ctx, 'db'>, { projectId, runId }: RunKey, fromId: number): Promise<void> {
  await sql`update fold_due set from_id = ${fromId} where project_id = ${projectId} and run_id = ${runId}::uuid
    and from_id < ${fromId}`.execute(ctx.db)
}

/** Locked against appends, the run has nothing in its log, or it stays due. @returns whether it is no longer due */
async function closeDue(ctx: Ctx, key: RunKey): Promise<boolean> {
  return await transaction(ctx.db, async (trx) => {
    const run = await lockRun(trx, key, 'appends').catch(() => undefined)
    if (run === undefined) return true
    if ((await points.findWaiting(trx, [key])).length > 0) {
      await foldLocked(trx, ctx, [run])
      return false
    }
    await trx
      .deleteFrom('fold_due')
      .where('project_id', '=', key.projectId)
      .where('run_id', '=', sql<string>`${key.runId}::uuid`)
      .execute()
    return true
  })
}
