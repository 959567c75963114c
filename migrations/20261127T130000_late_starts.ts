import { type Kysely, sql } from 'kysely'

/**
 * The few runs that say that they started after they were told of, so that their ids are older than their starts.
 * Those of all others rise with the start: an index that ends with the id leads straight to the recent ones.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index runs_started_late on runs (project_id, started_at, id) where started_at > created_at`.execute(
    db,
  )
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index runs_started_late`.execute(db)
}
