import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunRow } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { putOnBoards, takeOffBoards } from '../records/boards.ts'
import type { RunKey } from '../runs/types.ts'

/** @returns whether anything changed. The run is locked. */
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
  if (run.invalidated_at === null) await takeOffBoards(trx, ctx, key)
  await tell(trx, ctx, actor, 'run.invalidate', key, { reason })
  return true
}

/** @returns whether the run was invalid. It is locked. */
export async function setValid(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  run: RunRow,
): Promise<boolean> {
  if (run.invalidated_at === null) return false
  const key = { projectId: run.project_id, runId: run.id }
  await write(trx, key, { at: null, by: null, reason: null })
  if (run.status === 'finished') await putOnBoards(trx, ctx, key)
  await tell(trx, ctx, actor, 'run.restore', key, { reason: run.invalid_reason })
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

async function tell(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  action: string,
  { projectId, runId }: RunKey,
  details: Record<string, unknown>,
): Promise<void> {
  const { rows } = await sql<{ ref: string }>`select project.name || '#' || run.number as ref
    from runs run join projects project on project.id = run.project_id
    where run.project_id = ${projectId} and run.id = ${runId}::uuid`.execute(trx)
  await audit(trx, ctx, actor, action, rows[0]?.ref ?? runId, { projectId, details })
}
