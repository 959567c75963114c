import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunKey } from '../../db/tables.ts'

/** The label that takes a run off the boards: see domain/invalidation. */
export const INVALID = 'invalid'

/** One account's vote on one label of a run. */
export interface LabelVote {
  key: RunKey
  label: string
  account: string
  name: string
  /** The message and its reaction; '' for a label that was given without a reaction. */
  source: string
  present: boolean
  /** Microseconds since 1970, by the clock of the platform that sent it. */
  version: number
}

/**
 * Stores whether an account gives a run a label. Votes may arrive twice and in any order: the newest one counts. A run
 * has a label while at least one account gives it.
 * @returns whether this vote was new
 */
export async function labelRun(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  { key, label, account, name, source, present, version }: LabelVote,
): Promise<boolean> {
  const { rows } = await sql<{ label: string }>`
    insert into run_labels as known (project_id, run_id, label, account, source, present, version, name, at)
    values (${key.projectId}, ${key.runId}::uuid, ${label}, ${account}, ${source}, ${present}, ${version}, ${name},
      ${ctx.clock.now()})
    on conflict (project_id, run_id, label, account, source) do update
      set present = excluded.present, version = excluded.version, name = excluded.name, at = excluded.at
      where known.version < excluded.version
    returning label`.execute(trx)
  return rows.length > 0
}

/** Removes a label from a run, for all accounts that gave it. @returns whether the run had the label */
export async function clearLabel(
  trx: Transaction<Database>,
  { projectId, runId }: RunKey,
  label: string,
): Promise<boolean> {
  const { rows } = await sql<{ label: string }>`
    update run_labels set present = false
    where project_id = ${projectId} and run_id = ${runId}::uuid and label = ${label} and present
    returning label`.execute(trx)
  return rows.length > 0
}
