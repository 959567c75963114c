import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, RunKey } from '../../../db/tables.ts'
import { invalid, notFound } from '../../../errors.ts'
import type { Actor } from '../../actor.ts'
import { auditAll } from '../../audit.ts'
import { clearLabel, INVALID } from '../../labels/label-run.ts'
import { lockRuns } from '../lock-run.ts'
import { refsOf } from '../refs-of.ts'
import { storeInputs } from './store-inputs.ts'

const KEY_LIMIT = 250
const VALUE_LIMIT = 8_000

export interface TagChange {
  /** Key to value; '' for a tag that is a word alone. */
  set: Record<string, string>
  /** Keys; a label of this name goes with it. */
  remove: string[]
}

/**
 * Sets and removes tags of runs in any status.
 * @returns for each run the words of `remove` that it did not have
 * @throws AppError not_found for a run that is gone, invalid for a name or value that is too long
 */
export async function tagRuns(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  keys: RunKey[],
  change: TagChange,
): Promise<Map<string, string[]>> {
  const { set, remove } = ctx.mask(change)
  for (const [key, value] of Object.entries(set)) checkTag(key, value)
  if (remove.includes(INVALID)) {
    throw invalid('tag', 'A run is not made valid again by removing a tag.', {
      value: INVALID,
      hint: { command: 'invalidate undo <run>', to: 'do it' },
    })
  }
  const runs = await lockRuns(trx, keys)
  await storeInputs(
    trx,
    keys.map((key) => ({ key, input: { tags: set } })),
  )
  const absent = new Map<string, string[]>()
  for (const key of keys) {
    const run = runs.get(key.runId)
    if (run === undefined) throw notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
    const missing: string[] = []
    for (const name of remove) if (!(await removeTag(trx, key, name))) missing.push(name)
    absent.set(key.runId, missing)
  }
  const refs = await refsOf(trx, keys)
  await auditAll(
    trx,
    ctx,
    keys.map(({ runId, projectId }) => ({
      actor,
      action: 'run.tag',
      subject: refs.get(runId) ?? runId,
      projectId,
      details: { set, remove },
    })),
  )
  return absent
}

/** @throws AppError invalid that names the field */
function checkTag(key: string, value: string): void {
  if (key.trim() === '' || key.length > KEY_LIMIT) {
    throw invalid('tag', `A tag's name has 1 to ${KEY_LIMIT} characters.`, { value: key })
  }
  if (value.length > VALUE_LIMIT) {
    throw invalid('tag', `A tag's value has at most ${VALUE_LIMIT} characters.`, { value: value.length })
  }
}

async function removeTag(trx: Transaction<Database>, key: RunKey, name: string): Promise<boolean> {
  const { rows } = await sql<{ key: string }>`delete from run_tags
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and key = ${name} returning key`.execute(
    trx,
  )
  const labelled = await clearLabel(trx, key, name)
  return rows.length > 0 || labelled
}
