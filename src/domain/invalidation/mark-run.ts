import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { INVALID, type LabelWord, labelRun } from '../labels/label-run.ts'
import { lockRun } from '../runs/lock-run.ts'
import { setInvalid, setValid } from './invalidate-run.ts'

/**
 * A reaction that means invalid came or went. The run is invalid while one of them is there, or while somebody said
 * so in words: taking the reactions off undoes only what they did.
 * @returns whether the word was news
 */
export async function markRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  word: Omit<LabelWord, 'label'>,
  reasonOf: (mark: { source: string; name: string }) => string,
): Promise<boolean> {
  const run = await lockRun(trx, word.key)
  if (!(await labelRun(trx, ctx, { ...word, label: INVALID }))) return false
  const { rows: words } = await sql<{ source: string; name: string }>`select source, name from run_labels
    where project_id = ${run.project_id} and run_id = ${run.id}::uuid and label = ${INVALID} and present
    order by version`.execute(trx)
  const [first] = words
  if (first === undefined) await setValid(trx, ctx, actor, run)
  else if (words.every(({ source }) => source !== ''))
    await setInvalid(trx, ctx, actor, run, { reason: reasonOf(first), by: first.name })
  return true
}
