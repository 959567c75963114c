import { type Kysely, sql } from 'kysely'

/**
 * What people say of runs: a note belongs to one or many runs, may be edited and taken back, and may come from a chat
 * message; a learning is a note that is to be found again. Labels come from reactions. A run may be invalidated.
 * Admins are the people and platform roles that were named; while there are none, everybody may do everything.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const UP = [
  `create table note_runs (
    project_id integer not null,
    note_id bigint not null,
    run_id uuid not null,
    primary key (project_id, note_id, run_id),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `insert into note_runs (project_id, note_id, run_id) select project_id, id, run_id from notes`,
  `alter table notes drop constraint notes_pkey`,
  `alter table notes drop constraint notes_project_id_run_id_fkey`,
  `alter table notes drop column run_id`,
  `alter table notes add primary key (project_id, id)`,
  `alter table notes add foreign key (project_id) references projects on delete cascade`,
  `alter table note_runs add foreign key (project_id, note_id) references notes on delete cascade`,
  `create index note_runs_by_run on note_runs (project_id, run_id, note_id)`,
  `alter table notes
    add column kind text not null default 'note' check (kind in ('note', 'learning')),
    add column author_account text,
    add column source text,
    add column source_version bigint not null default 0,
    add column permalink text,
    add column edited_at timestamptz,
    add column deleted_at timestamptz,
    add column search tsvector generated always as (to_tsvector('english', text)) stored`,
  `create unique index notes_by_source on notes (source) where source is not null`,
  `create index notes_by_words on notes using gin (search)`,
  `create index notes_newest on notes (project_id, kind, id) where deleted_at is null`,
  `create table run_labels (
    project_id integer not null,
    run_id uuid not null,
    label text not null,
    account text not null,
    source text not null default '',
    present boolean not null,
    version bigint not null,
    at timestamptz not null,
    primary key (project_id, run_id, label, account, source),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create index run_labels_by_label on run_labels (project_id, label, run_id) where present`,
  `alter table runs
    add column invalidated_at timestamptz,
    add column invalidated_by text,
    add column invalid_reason text`,
  `create index runs_invalidated on runs (project_id, invalidated_at) where invalidated_at is not null`,
  `create index runs_starred on runs (project_id, number) where starred`,
  `create index deliveries_by_message on deliveries (channel_id, external_id) where external_id is not null`,
  `create index people_accounts_by_person on people_accounts (person_id)`,
  `create table admins (
    id integer generated always as identity primary key,
    platform text not null,
    workspace text not null,
    kind text not null check (kind in ('account', 'role', 'person')),
    subject text not null,
    name text not null,
    named_by text not null,
    created_at timestamptz not null,
    unique (platform, workspace, kind, subject)
  )`,
]

const DOWN = [
  `drop table admins`,
  `drop index people_accounts_by_person`,
  `drop index deliveries_by_message`,
  `drop index runs_starred`,
  `drop index runs_invalidated`,
  `alter table runs drop column invalidated_at, drop column invalidated_by, drop column invalid_reason`,
  `drop table run_labels`,
  `alter table notes add column run_id uuid`,
  `update notes set run_id = (select run_id from note_runs link
    where link.project_id = notes.project_id and link.note_id = notes.id limit 1)`,
  `delete from notes where run_id is null or deleted_at is not null`,
  `drop table note_runs`,
  `alter table notes drop constraint notes_project_id_fkey`,
  `alter table notes drop constraint notes_pkey`,
  `drop index notes_by_source, notes_by_words, notes_newest`,
  `alter table notes drop column kind, drop column author_account, drop column source, drop column source_version,
    drop column permalink, drop column edited_at, drop column deleted_at, drop column search`,
  `alter table notes alter column run_id set not null`,
  `alter table notes add primary key (project_id, run_id, id)`,
  `alter table notes add foreign key (project_id, run_id) references runs on delete cascade`,
]
