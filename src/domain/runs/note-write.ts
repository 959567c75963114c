import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database, RunRow } from '../../db/tables.ts'
import { emit } from '../../events.ts'

/** A heartbeat is coarse: writing the time of each batch would only churn the row. */
const RESOLUTION_MS = 5_000

const NOTE = `/* note-writes */ update runs set last_write_at = $3, status = 'running', ended_at = null
  from unnest($1::int[], $2::uuid[]) as written(project_id, id)
  where runs.project_id = written.project_id and runs.id = written.id`

/** Remembers that runs (running or lost, and locked by this transaction) are alive; lost ones are running again. */
export async function noteWrites(trx: Transaction<Database>, ctx: Ctx, runs: RunRow[]): Promise<void> {
  const now = ctx.clock.now()
  const stale = runs.filter(
    ({ status, last_write_at }) =>
      status === 'lost' || Math.abs(now.getTime() - last_write_at.getTime()) >= RESOLUTION_MS,
  )
  if (stale.length === 0) return
  await runStatement(trx, NOTE, [stale.map((run) => run.project_id), stale.map((run) => run.id), now])
  for (const { project_id, id, status } of stale) {
    if (status === 'lost') await emit(trx, ctx, 'run.returned', { projectId: project_id, runId: id })
  }
}
