import type { Transaction } from 'kysely'
import type { Database, RunRow } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'
import type { RunKey } from './types.ts'

/**
 * Takes the run's row for this transaction. Every writer of a run begins with it, so that points, a finish and
 * the decision of a record never interleave; it does not hinder readers or foreign-key checks.
 */
export async function lockRun(trx: Transaction<Database>, key: RunKey): Promise<RunRow> {
  const run = await trx
    .selectFrom('runs')
    .selectAll()
    .where('project_id', '=', key.projectId)
    .where('id', '=', key.runId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (run === undefined) throw notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
  return run
}

/** Whether a run has come to an end that its sender told us; a lost one may still write. */
export function hasEnded(run: Pick<RunRow, 'status'>): boolean {
  return run.status === 'finished' || run.status === 'failed' || run.status === 'killed'
}
