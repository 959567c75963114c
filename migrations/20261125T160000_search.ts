import { type Kysely, sql } from 'kysely'

/**
 * Words of learnings, of runs' names and of tags: what `tried` looks through. MLflow's own tags are no words of people.
 * And which shared answers are about a run.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index learnings_by_words, runs_by_words, run_tags_by_words, shared_by_run`.execute(db)
}

const UP = [
  `create index learnings_by_words on notes using gin (search) where kind = 'learning' and deleted_at is null`,
  `create index runs_by_words on runs using gin (to_tsvector('english', translate(name, '/.', '  '))) where name is not null`,
  `create index run_tags_by_words on run_tags using gin (to_tsvector('english', translate(key || ' ' || left(value, 1000), '/.', '  ')))
    where key not like 'mlflow.%'`,
  `create index shared_by_run on deliveries using gin ((message -> 'about')) where rule = 'share'`,
]
