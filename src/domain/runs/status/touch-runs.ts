import type { Kysely, Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { runStatement } from '../../../db/statements.ts'
import type { Database, RunKey, RunRow } from '../../../db/tables.ts'
import { emit } from '../../../events.ts'
import * as points from '../../../points/index.ts'

/** A run counts as written to at most this often: writing the time of each batch would only churn its row. */
const TOUCH_EVERY_MS = 5_000

const TOUCH = `/* touch-runs, later */ update runs set last_write_at = $3::timestamptz
  from (select distinct * from unnest($1::int[], $2::uuid[]) as written(project_id, id)) written
  where runs.project_id = written.project_id and runs.id = written.id and runs.status = 'running'
    and abs(extract(epoch from $3::timestamptz - runs.last_write_at)) >= ${TOUCH_EVERY_MS / 1_000}`

async function touchRunning(db: Kysely<Database>, keys: RunKey[], at: Date): Promise<void> {
  if (keys.length === 0) return
  await runStatement(db, TOUCH, [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId), at])
}

const RETURN = `/* return-runs, later */ update runs set last_write_at = $3, status = 'running', ended_at = null
  from unnest($1::int[], $2::uuid[]) as returned(project_id, id)
  where runs.project_id = returned.project_id and runs.id = returned.id`

/**
 * Writes that (locked) runs were alive at a time, every TOUCH_EVERY_MS at most; lost ones are running again. One that has
 * ended meanwhile stays as it is.
 */
export async function touchRuns(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  runs: Pick<RunRow, 'project_id' | 'id' | 'status' | 'last_write_at'>[],
  at: Date = ctx.clock.now(),
): Promise<void> {
  const lost = runs.filter(({ status }) => status === 'lost')
  const now = at.getTime()
  const stale = runs.filter(
    (run) => run.status !== 'lost' && Math.abs(now - run.last_write_at.getTime()) >= TOUCH_EVERY_MS,
  )
  await touchRunning(trx, stale.map(keyOf), at)
  if (lost.length === 0) return
  await runStatement(trx, RETURN, [lost.map((run) => run.project_id), lost.map((run) => run.id), at])
  await points.end(
    trx,
    ctx,
    lost.map((run) => ({ key: keyOf(run), status: 'running' })),
  )
  for (const { project_id, id } of lost) {
    await emit(trx, ctx, 'run.returned', { projectId: project_id, runId: id })
  }
}

function keyOf(run: Pick<RunRow, 'project_id' | 'id'>): RunKey {
  return { projectId: run.project_id, runId: run.id }
}
