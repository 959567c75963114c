import type { Kysely, Transaction } from 'kysely'
import type { Database } from './tables.ts'

/** What Postgres asks to be tried again: serialization failure and deadlock. */
const RETRIED = new Set(['40001', '40P01'])
const MAX_ATTEMPTS = 5

/**
 * Runs `work` in one transaction and again when Postgres chose it as a victim. `work` may run several times, so
 * its effects outside the database wait until this returns.
 */
export async function transaction<T>(
  db: Kysely<Database>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !wasUndone(error)) throw error
    }
  }
}

/** Whether Postgres undid everything for the sake of another transaction: what is tried again may succeed. */
export function wasUndone(error: unknown): boolean {
  return RETRIED.has((error as { code?: string }).code ?? '')
}
