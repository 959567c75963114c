import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/tables.ts'

/** The class of the advisory lock under which the alerts of a project are planned. */
const LOCK_CLASS = 7_303

/** Locks the alerts of a project until the transaction ends, so that the next planner reads what this one wrote. */
export async function lockAlerts(trx: Transaction<Database>, projectId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK_CLASS}, ${projectId})`.execute(trx)
}
