import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunKey } from '../../db/tables.ts'
import { invalid } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { lockRun } from '../runs/lock-run.ts'
import { refsOf } from '../runs/refs-of.ts'
import { clearLabel, INVALID, labelRun, type LabelWord } from './label-run.ts'

const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/

/** Gives a run a label without a reaction. @throws AppError not_found, invalid for a name that is none */
export async function giveLabel(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  label: string,
  by: { account: string; name: string },
): Promise<void> {
  checkLabel(label)
  await lockRun(trx, key)
  const version = ctx.clock.now().getTime() * 1_000
  await labelRun(trx, ctx, { key, label, ...by, source: '', present: true, version })
  await tell(trx, ctx, actor, 'run.label', key, label)
}

/** What a reaction says: the label came or went. @returns whether it was news */
export async function setLabel(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  word: LabelWord,
): Promise<boolean> {
  if (!(await labelRun(trx, ctx, word))) return false
  await tell(trx, ctx, actor, word.present ? 'run.label' : 'run.unlabel', word.key, word.label)
  return true
}

/** Removes a label from a run, given by anybody; reactions stay where they are, and count no longer. */
export async function removeLabel(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  label: string,
): Promise<void> {
  checkLabel(label)
  await lockRun(trx, key)
  if (await clearLabel(trx, key, label)) await tell(trx, ctx, actor, 'run.unlabel', key, label)
}

/** @throws AppError invalid that names the field */
function checkLabel(label: string): void {
  if (label === INVALID) {
    throw invalid('label', 'That a run is invalid is said with its reason: /runs/{run}/invalidation.', {
      value: label,
      allowed: 'PUT /runs/{run}/invalidation',
    })
  }
  if (!NAME.test(label)) {
    throw invalid('label', 'A label is a word of a-z, 0-9, - and _, at most 40 characters.', { value: label })
  }
}

async function tell(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  action: string,
  key: RunKey,
  label: string,
): Promise<void> {
  const refs = await refsOf(trx, [key])
  const { projectId, runId } = key
  await audit(trx, ctx, actor, action, refs.get(runId) ?? runId, { projectId, details: { label } })
}
