import { type Kysely, sql } from 'kysely'

/** One drain per channel: a lease in the row, which ends by itself when its holder dies, in place of a session lock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table channels add column lease_id text, add column lease_until timestamptz`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table channels drop column lease_id, drop column lease_until`.execute(db)
}
