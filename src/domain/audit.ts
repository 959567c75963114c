import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/tables.ts'
import type { Actor } from './actor.ts'

/**
 * Leaves a trace of a change in the same transaction: who, from where, what, of which subject.
 * @param action noun first: 'token.create', 'metric.define'
 * @param subject readable without a lookup: 'churn#142', 'token laptop'
 */
export async function audit(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock' | 'mask'>,
  actor: Actor,
  action: string,
  subject: string,
  { projectId, details = {} }: { projectId?: number; details?: Record<string, unknown> } = {},
): Promise<void> {
  await trx
    .insertInto('audit')
    .values({
      at: ctx.clock.now(),
      actor: actor.name,
      origin: actor.origin,
      action,
      subject,
      project_id: projectId ?? null,
      details: JSON.stringify(ctx.mask(details)),
    })
    .execute()
}
