import { type Kysely, sql } from 'kysely'

/**
 * Pictures by the hash of what they show, so that none is drawn twice: what an address asks for, and the picture
 * once it was drawn. Files are the same pictures as a chat workspace keeps them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`drop table chart_files, charts`).execute(db)
}

const UP = [
  `create table charts (
    hash text primary key,
    chart jsonb,
    png bytea,
    used_at timestamptz not null
  )`,
  `alter table charts alter column png set storage external`,
  `create index charts_by_use on charts (used_at)`,
  `create table chart_files (
    workspace text not null,
    hash text not null,
    file text not null,
    usable boolean not null default false,
    uploaded_at timestamptz not null,
    primary key (workspace, hash)
  )`,
  `create index chart_files_by_age on chart_files (uploaded_at)`,
]
