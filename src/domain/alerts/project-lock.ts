import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/tables.ts'

/** The advisory lock's class: the alerts of a project are planned by one transaction at a time. */
const LOCK_CLASS = 7_303

/** Locks the alerts of a project until the transaction ends: another one reads what this one has written. */
export async function lockAlerts(trx: Transaction<Database>, projectId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK_CLASS}, ${projectId})`.execute(trx)
}
