import { type Kysely, sql } from 'kysely'

/** When a pasted address of a run was last shown as a preview in a place, and in which message. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table unfurls (
    project_id integer not null,
    run_id uuid not null,
    platform text not null,
    workspace text not null,
    place text not null,
    message text not null,
    at timestamptz not null,
    primary key (project_id, run_id, platform, workspace, place),
    foreign key (project_id, run_id) references runs on delete cascade
  )`.execute(db)
  await sql`create index unfurls_by_age on unfurls (at)`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table unfurls`.execute(db)
}
