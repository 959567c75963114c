import { type Kysely, sql } from 'kysely'

/** Notes are named by their number alone, in addresses and in forms; a label tells who gave it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index notes_by_id on notes (id)`.execute(db)
  await sql`alter table run_labels add column name text not null default ''`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table run_labels drop column name`.execute(db)
  await sql`drop index notes_by_id`.execute(db)
}
