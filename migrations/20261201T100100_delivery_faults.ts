import { type Kysely, sql } from 'kysely'

/** Failed attempts at a post or an edit that were our own fault, counted apart from outages: only these have a limit. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries add column faults integer not null default 0`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries drop column faults`.execute(db)
}
