import { type Kysely, sql } from 'kysely'

/** Which labels a message's reactions gave: found by the message, whatever it is about by now. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index run_labels_by_source on run_labels (source collate "C") where source <> ''`.execute(
    db,
  )
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index run_labels_by_source`.execute(db)
}
