import type { Kysely, Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database, RunRow } from '../../db/tables.ts'
import { emit } from '../../events.ts'
import { noteEnded } from '../records/boards.ts'

/** A heartbeat is coarse: writing the time of each batch would only churn the row. */
const RESOLUTION_MS = 5_000

type Written = Pick<RunRow, 'project_id' | 'id' | 'last_write_at'>

const NOTE = `/* note-alive, later */ update runs set last_write_at = $3
  from unnest($1::int[], $2::uuid[]) as written(project_id, id)
  where runs.project_id = written.project_id and runs.id = written.id and runs.status = 'running'`

/** Remembers that running runs are alive; one that has ended meanwhile stays as it is. */
export async function noteAlive(
  db: Kysely<Database>,
  ctx: Pick<Ctx, 'clock'>,
  runs: Written[],
): Promise<void> {
  const now = ctx.clock.now()
  const stale = runs.filter((run) => Math.abs(now.getTime() - run.last_write_at.getTime()) >= RESOLUTION_MS)
  if (stale.length === 0) return
  await runStatement(db, NOTE, [stale.map((run) => run.project_id), stale.map((run) => run.id), now])
}

const RETURN = `/* return-runs, later */ update runs set last_write_at = $3, status = 'running', ended_at = null
  from unnest($1::int[], $2::uuid[]) as returned(project_id, id)
  where runs.project_id = returned.project_id and runs.id = returned.id`

/** The same for runs that this transaction has locked, running or lost: lost ones are running again. */
export async function noteWrites(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  runs: (Written & Pick<RunRow, 'status'>)[],
): Promise<void> {
  const lost = runs.filter(({ status }) => status === 'lost')
  await noteAlive(
    trx,
    ctx,
    runs.filter(({ status }) => status !== 'lost'),
  )
  if (lost.length === 0) return
  await runStatement(trx, RETURN, [
    lost.map((run) => run.project_id),
    lost.map((run) => run.id),
    ctx.clock.now(),
  ])
  await noteEnded(
    trx,
    lost.map((run) => ({ projectId: run.project_id, runId: run.id })),
    false,
  )
  for (const { project_id, id } of lost) {
    await emit(trx, ctx, 'run.returned', { projectId: project_id, runId: id })
  }
}
