import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, RunKey } from '../../../db/tables.ts'
import { isSettled, lockRun } from '../lock-run.ts'
import { touchRuns } from '../status/touch-runs.ts'

/** Batches kept per run; older ones go. The lines matter for what led to an end, not as an archive. */
const MAX_BATCHES = 50
const MAX_LINES = 1_000

/** Adds a run's last lines of output, secrets masked. */
export async function appendLogs(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  lines: string[],
): Promise<void> {
  const run = await lockRun(trx, key)
  const kept = ctx.mask(lines.slice(-MAX_LINES))
  const { id } = await trx
    .insertInto('run_logs')
    .values({ project_id: key.projectId, run_id: key.runId, lines: kept, created_at: ctx.clock.now() })
    .returning('id')
    .executeTakeFirstOrThrow()
  await sql`delete from run_logs where project_id = ${key.projectId} and run_id = ${key.runId}
    and id <= (select id from run_logs where project_id = ${key.projectId} and run_id = ${key.runId} and id <= ${id}
      order by id desc offset ${MAX_BATCHES} limit 1)`.execute(trx)
  if (!isSettled(run)) await touchRuns(trx, ctx, [run])
}

/** The last lines that a run sent, oldest first: at most `count`, of at most so many batches. */
export async function lastLines(
  db: Ctx['db'] | Transaction<Database>,
  key: RunKey,
  count: number,
  batchLimit = count,
): Promise<string[]> {
  const batches = await db
    .selectFrom('run_logs')
    .select('lines')
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', key.runId)
    .orderBy('id', 'desc')
    .limit(batchLimit)
    .execute()
  return batches
    .toReversed()
    .flatMap((batch) => batch.lines)
    .slice(-count)
}
