import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { insertRows } from '../db/statements.ts'
import type { Database } from '../db/tables.ts'
import type { Actor } from './actor.ts'

export interface AuditEntry {
  actor: Actor
  /** Noun first: 'token.create', 'metric.define'. */
  action: string
  /** Readable without a lookup: 'churn#142', 'token laptop'. */
  subject: string
  projectId?: number
  details?: Record<string, unknown>
}

const COLUMNS = ['at', 'actor', 'origin', 'action', 'subject', 'project_id', 'details'] as const

/** Writes audit entries in the transaction of the changes themselves. */
export async function auditAll(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock' | 'mask'>,
  entries: AuditEntry[],
): Promise<void> {
  const rows = entries.map(({ actor, action, subject, projectId, details = {} }) => ({
    at: ctx.clock.now(),
    actor: actor.name,
    origin: actor.origin,
    action,
    subject,
    project_id: projectId ?? null,
    details: ctx.mask(details),
  }))
  await insertRows(trx, 'audit', COLUMNS, rows)
}

/** The same for one change. */
export async function audit(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock' | 'mask'>,
  actor: Actor,
  action: string,
  subject: string,
  { projectId, details = {} }: { projectId?: number; details?: Record<string, unknown> } = {},
): Promise<void> {
  await auditAll(trx, ctx, [
    { actor, action, subject, details, ...(projectId === undefined ? {} : { projectId }) },
  ])
}
