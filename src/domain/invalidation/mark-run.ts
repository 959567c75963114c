import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { INVALID, type LabelVote, labelRun } from '../labels/label-run.ts'
import { lockRun } from '../runs/lock-run.ts'
import { setInvalid, setValid } from './invalidate-run.ts'

/**
 * Stores a reaction that marks a run invalid, or its removal. The run is invalid while one such reaction remains, or
 * while a command marks it: removing the reactions does not undo a command.
 * @returns whether the vote was new
 */
export async function markRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  vote: Omit<LabelVote, 'label'>,
  reasonOf: (mark: { source: string; name: string }) => string,
): Promise<boolean> {
  const run = await lockRun(trx, vote.key)
  if (!(await labelRun(trx, ctx, { ...vote, label: INVALID }))) return false
  const { rows: votes } = await sql<{ source: string; name: string }>`select source, name from run_labels
    where project_id = ${run.project_id} and run_id = ${run.id}::uuid and label = ${INVALID} and present
    order by version`.execute(trx)
  const [first] = votes
  if (first === undefined) await setValid(trx, ctx, actor, run)
  else if (votes.every(({ source }) => source !== ''))
    await setInvalid(trx, ctx, actor, run, { reason: reasonOf(first), by: first.name })
  return true
}
