import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunKey } from '../../db/tables.ts'
import { invalid } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { lockRun } from '../runs/lock-run.ts'
import { refsOf } from '../runs/refs-of.ts'
import { clearLabel, INVALID, labelRun, type LabelVote } from './label-run.ts'

const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/

/** Gives a run a label without a reaction. @throws AppError not_found, invalid for a name that is not allowed */
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
  await writeAudit(trx, ctx, actor, 'run.label', key, label)
}

/** Stores that a reaction gave or removed a label. @returns whether the vote was new */
export async function setLabel(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  vote: LabelVote,
): Promise<boolean> {
  if (!(await labelRun(trx, ctx, vote))) return false
  await writeAudit(trx, ctx, actor, vote.present ? 'run.label' : 'run.unlabel', vote.key, vote.label)
  return true
}

/** Removes a label from a run, for all accounts that gave it. Reactions stay visible in chat, but no longer count. */
export async function removeLabel(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  label: string,
): Promise<void> {
  checkLabel(label)
  await lockRun(trx, key)
  if (await clearLabel(trx, key, label)) await writeAudit(trx, ctx, actor, 'run.unlabel', key, label)
}

/** @throws AppError invalid that names the field */
function checkLabel(label: string): void {
  if (label === INVALID) {
    throw invalid('label', 'A run is marked invalid with a reason, by PUT /runs/{run}/invalidation.', {
      value: label,
      allowed: 'PUT /runs/{run}/invalidation',
    })
  }
  if (!NAME.test(label)) {
    throw invalid('label', 'A label is a word of a-z, 0-9, - and _, at most 40 characters.', { value: label })
  }
}

async function writeAudit(
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
