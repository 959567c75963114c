import { type Kysely, sql } from 'kysely'

/** Events of a topic that a worker's release does not know wait, with their error, for a release that does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table outbox add column parked_at timestamptz`.execute(db)
  await sql`create index outbox_parked on outbox (topic) where parked_at is not null`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // Leased for ever while they were parked.
  await sql`update outbox set lease_until = null where parked_at is not null`.execute(db)
  await sql`drop index outbox_parked`.execute(db)
  await sql`alter table outbox drop column parked_at`.execute(db)
}
