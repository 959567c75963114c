import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunRow } from '../../db/tables.ts'
import { emit } from '../../events.ts'

/** A heartbeat is coarse: writing the time of each batch would only churn the row. */
const RESOLUTION_MS = 5_000

/** Remembers that the run (locked by this transaction) is alive; one that counted as lost is running again. */
export async function noteWrite(trx: Transaction<Database>, ctx: Ctx, run: RunRow): Promise<void> {
  const now = ctx.clock.now()
  const returned = run.status === 'lost'
  if (!returned && Math.abs(now.getTime() - run.last_write_at.getTime()) < RESOLUTION_MS) return
  await trx
    .updateTable('runs')
    .set(returned ? { last_write_at: now, status: 'running', ended_at: null } : { last_write_at: now })
    .where('project_id', '=', run.project_id)
    .where('id', '=', run.id)
    .execute()
  if (returned) await emit(trx, ctx, 'run.returned', { projectId: run.project_id, runId: run.id })
}
