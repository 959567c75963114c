import { sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { transaction } from '../../../db/transaction.ts'
import { lockRun } from '../lock-run.ts'
import { foldLocked } from './fold-runs.ts'
import { settleRuns } from './settle-runs.ts'
import type { RunKey } from '../../../db/tables.ts'

const BATCH = 100
/** Without a heartbeat, two minutes; three missed heartbeats where they are longer. */
const SILENCE_LIMIT = sql`greatest(coalesce(heartbeat_s, 0) * 3, 120) * interval '1 second'`

/**
 * Marks the runs that stopped writing as lost, each in its own transaction.
 * @returns how many were found
 */
export async function findLostRuns(ctx: Ctx): Promise<number> {
  const silent = await readSilent(ctx)
  let lost = 0
  for (const key of silent) if (await markLost(ctx, key)) lost += 1
  return lost
}

async function readSilent(ctx: Ctx): Promise<RunKey[]> {
  const { rows } = await sql<RunKey>`
    select project_id as "projectId", id as "runId" from runs
    where status = 'running' and last_write_at < ${ctx.clock.now()}::timestamptz - interval '120 seconds'
      and last_write_at < ${ctx.clock.now()}::timestamptz - ${SILENCE_LIMIT}
    order by last_write_at limit ${BATCH}`.execute(ctx.db)
  return rows
}

async function markLost(ctx: Ctx, key: RunKey): Promise<boolean> {
  return await transaction(ctx.db, async (trx) => {
    const before = await lockRun(trx, key, 'appends')
    // What is in the log was written, and may be newer than the last write that is known.
    await foldLocked(trx, ctx, [before])
    const run = await lockRun(trx, key)
    const silence = ctx.clock.now().getTime() - run.last_write_at.getTime()
    if (run.status !== 'running' || silence <= Math.max((run.heartbeat_s ?? 0) * 3, 120) * 1_000) return false
    await trx
      .updateTable('runs')
      .set({ status: 'lost', ended_at: run.last_write_at })
      .where('project_id', '=', key.projectId)
      .where('id', '=', key.runId)
      .execute()
    await settleRuns(trx, ctx, [{ key, before: 'running', after: 'lost' }])
    return true
  })
}
