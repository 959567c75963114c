import { type Kysely, sql } from 'kysely'

/** Words of params' names, which `tried` looks through in all projects at once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index param_names_by_words on param_names
    using gin (to_tsvector('english', translate(name, '/.', '  ')))`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index param_names_by_words`.execute(db)
}
