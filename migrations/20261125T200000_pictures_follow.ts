import { type Kysely, sql } from 'kysely'

/** What is urgent is posted in words; its pictures follow by an edit, which is still due while this is set. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries add column pictures_due boolean not null default false`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries drop column pictures_due`.execute(db)
}
