import { type Kysely, sql } from 'kysely'

/** A channel's last post, whatever it was sent before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index deliveries_sent on deliveries (channel_id, sent_at) where sent_at is not null`.execute(
    db,
  )
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index deliveries_sent`.execute(db)
}
