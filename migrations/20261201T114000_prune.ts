import { type Kysely, sql } from 'kysely'

/** The job that deletes expired rows is called prune; a sweep is a search over parameters. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update chores set name = 'prune' where name = 'sweep'`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`update chores set name = 'sweep' where name = 'prune'`.execute(db)
}
