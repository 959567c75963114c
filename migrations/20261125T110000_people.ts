import { type Kysely, sql } from 'kysely'

/**
 * People are found by their accounts' names too, and two names that differ by capitals only are one person: owners are
 * compared that way, so their index is.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const UP = [
  `create unique index people_by_lower_name on people (lower(name))`,
  `alter table people_accounts add column name text not null default ''`,
  `drop index runs_by_owner`,
  `create index runs_by_owner on runs (project_id, lower(owner), id)`,
]

const DOWN = [
  `drop index runs_by_owner`,
  `create index runs_by_owner on runs (project_id, owner, number)`,
  `alter table people_accounts drop column name`,
  `drop index people_by_lower_name`,
]
