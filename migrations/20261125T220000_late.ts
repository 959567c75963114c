import { type Kysely, sql } from 'kysely'

/**
 * Runs that were recorded more than a day after they had started, as imported ones: for all others the order of their
 * ids is nearly that of their starts, and a list of old runs need not look at the newer ones.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index runs_late on runs (project_id, started_at, id)
    where created_at - started_at > interval '1 day'`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index runs_late`.execute(db)
}
