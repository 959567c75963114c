import type { Transaction } from 'kysely'
import { runStatement, type Statement } from '../../db/statements.ts'
import type { Database, RunKey, RunRow } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'

const lock = (name: string, strength: string) =>
  `/* ${name} */ select run.* from unnest($1::int[], $2::uuid[]) as wanted(project_id, id)
  join runs run on run.project_id = wanted.project_id and run.id = wanted.id
  order by run.project_id, run.id for ${strength} of run`

const LOCK = lock('lock-runs', 'no key update')
const LOCK_AGAINST_APPENDS = lock('lock-runs-against-appends', 'update')
const LOCK_FREE = lock('lock-free-runs', 'no key update').concat(' skip locked')

/**
 * Locks the rows of runs for this transaction, always in one order. Every writer of a run begins with it, so that
 * points, a finish and the decision of a record never interleave; it does not hinder readers or foreign-key checks.
 * @returns run id to row; those that do not exist are missing
 */
export async function lockRuns(trx: Transaction<Database>, keys: RunKey[]): Promise<Map<string, RunRow>> {
  const { text, parameters } = lockStatement(keys)
  const rows = await runStatement<RunRow>(trx, text, parameters)
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * The same as a statement; it gives the rows.
 * @param against 'appends': no append to the point log is under way once it is locked, as a change of a status needs it
 */
export function lockStatement(keys: RunKey[], against: 'writers' | 'appends' = 'writers'): Statement {
  const parameters = [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId)]
  return { text: against === 'appends' ? LOCK_AGAINST_APPENDS : LOCK, parameters }
}

/** Locks a run unless another transaction has locked it. @returns undefined then, and when there is no such run */
export async function lockFreeRun(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
): Promise<RunRow | undefined> {
  return (await runStatement<RunRow>(trx, LOCK_FREE, [[projectId], [runId]]))[0]
}

/** The same for one run. @throws AppError not_found */
export async function lockRun(
  trx: Transaction<Database>,
  key: RunKey,
  against: 'writers' | 'appends' = 'writers',
): Promise<RunRow> {
  const { text, parameters } = lockStatement([key], against)
  const [run] = await runStatement<RunRow>(trx, text, parameters)
  if (run === undefined) throw notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
  return run
}

/** Whether the run's sender ended it: finished, failed or killed. A lost run is not settled, it may still write. */
export function isSettled(run: Pick<RunRow, 'status'>): boolean {
  return run.status === 'finished' || run.status === 'failed' || run.status === 'killed'
}
