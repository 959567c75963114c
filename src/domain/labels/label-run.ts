import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunKey } from '../../db/tables.ts'

/** The label with consequences: see domain/invalidation. */
export const INVALID = 'invalid'

/** One account's word on one label of a run. */
export interface LabelWord {
  key: RunKey
  label: string
  account: string
  name: string
  /** The message that carries the reaction; '' for a label that was given otherwise. */
  source: string
  present: boolean
  /** Microseconds since 1970, by the clock of the platform that sent it. */
  version: number
}

/**
 * Keeps whether an account gives a run a label. Words may come twice and in any order: the newest one counts. A run
 * has a label as long as somebody gives it.
 * @returns whether this word was news
 */
export async function labelRun(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  { key, label, account, name, source, present, version }: LabelWord,
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

/** Removes a label from a run, of all people who gave it. @returns whether it had it */
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
