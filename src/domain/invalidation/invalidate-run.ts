import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunKey, RunRow } from '../../db/tables.ts'
import { invalid } from '../../errors.ts'
import { emit } from '../../events.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { clearLabel, INVALID, labelRun } from '../labels/label-run.ts'
import { addToBoards, removeFromBoards } from '../records/boards.ts'
import { type Consequences, withConsequences } from './consequences.ts'
import { lockRun } from '../runs/lock-run.ts'
import { refsOf } from '../runs/refs-of.ts'

export const REASON_LIMIT = 500

/** The end of 'Only admins may ...'. */
export const INVALIDATE = 'mark runs invalid, or valid again'

/**
 * Marks a run, in any status, as invalid: it leaves every board, and its records go to the runs that hold them without
 * it. A second call only changes the reason.
 * @param by who marks it: an account key and a readable name
 * @throws AppError not_found, invalid for a reason that is missing or too long
 */
export async function invalidateRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  { reason: typed, by }: { reason: string; by: { account: string; name: string } },
): Promise<Consequences> {
  const reason = ctx.mask(checkedReason(typed))
  const run = await lockRun(trx, key)
  return await withConsequences(trx, key, async () => {
    const version = ctx.clock.now().getTime() * 1_000
    await labelRun(trx, ctx, { key, label: INVALID, ...by, source: '', present: true, version })
    return await setInvalid(trx, ctx, actor, run, { reason, by: by.name })
  })
}

/**
 * Makes a run valid again, also when several people marked it: it returns to the boards, with the records that it
 * would hold if it had never been invalid.
 * @throws AppError not_found
 */
export async function undoInvalidation(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
): Promise<Consequences> {
  const run = await lockRun(trx, key)
  return await withConsequences(trx, key, async () => {
    await clearLabel(trx, key, INVALID)
    return await setValid(trx, ctx, actor, run)
  })
}

/** Marks a locked run invalid. @returns whether anything changed */
export async function setInvalid(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  run: RunRow,
  { reason, by }: { reason: string; by: string },
): Promise<boolean> {
  const key = { projectId: run.project_id, runId: run.id }
  if (run.invalidated_at !== null && run.invalid_reason === reason && run.invalidated_by === by) return false
  await write(trx, key, { at: run.invalidated_at ?? ctx.clock.now(), by, reason })
  if (run.invalidated_at === null) await removeFromBoards(trx, ctx, key)
  await writeAudit(trx, ctx, actor, 'run.invalidate', key, { reason })
  await emit(trx, ctx, 'run.validity', { ...key, since: null })
  return true
}

/** Marks a locked run valid. @returns whether it was invalid */
export async function setValid(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  run: RunRow,
): Promise<boolean> {
  if (run.invalidated_at === null) return false
  const key = { projectId: run.project_id, runId: run.id }
  await write(trx, key, { at: null, by: null, reason: null })
  if (run.status === 'finished') await addToBoards(trx, ctx, key)
  await writeAudit(trx, ctx, actor, 'run.restore', key, { reason: run.invalid_reason })
  await emit(trx, ctx, 'run.validity', { ...key, since: run.invalidated_at.toISOString() })
  return true
}

async function write(
  trx: Transaction<Database>,
  key: RunKey,
  { at, by, reason }: { at: Date | null; by: string | null; reason: string | null },
): Promise<void> {
  await trx
    .updateTable('runs')
    .set({ invalidated_at: at, invalidated_by: by, invalid_reason: reason })
    .where('project_id', '=', key.projectId)
    .where('id', '=', sql<string>`${key.runId}::uuid`)
    .execute()
}

async function writeAudit(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  action: string,
  { projectId, runId }: RunKey,
  details: Record<string, unknown>,
): Promise<void> {
  const refs = await refsOf(trx, [{ projectId, runId }])
  await audit(trx, ctx, actor, action, refs.get(runId) ?? runId, { projectId, details })
}

function checkedReason(typed: string): string {
  const reason = typed.trim().replace(/\s+/g, ' ')
  if (reason === '')
    throw invalid('reason', 'Give a reason, for people who look at the run later.', { value: typed })
  if (reason.length > REASON_LIMIT) {
    throw invalid('reason', `A reason has at most ${REASON_LIMIT} characters.`, { value: reason.length })
  }
  return reason
}
