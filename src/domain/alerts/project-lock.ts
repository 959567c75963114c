import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/tables.ts'

/** The advisory lock's class: what is said of a project's records is decided by one transaction at a time. */
const LOCK_CLASS = 7_303

/** Takes turns with whoever else tells of this project's records: what one reads the other has finished writing. */
export async function lockAnnouncements(trx: Transaction<Database>, projectId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK_CLASS}, ${projectId})`.execute(trx)
}
