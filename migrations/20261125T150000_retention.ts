import { type Kysely, sql } from 'kysely'

/** Work that comes again by itself, and indexes by which what has served its time is found and goes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const UP = [
  `create table chores (
    name text primary key,
    due_at timestamptz not null
  )`,
  `insert into chores values ('sweep', to_timestamp(0))`,
  `create index deliveries_by_age on deliveries (created_at)`,
  `create index web_sessions_by_end on web_sessions (expires_at)`,
  `create index failure_groups_by_delivery on failure_groups (delivery_id)`,
  `create index console_messages_by_age on console_messages (posted_at)`,
  `create index console_messages_by_parent on console_messages (parent_id) where parent_id is not null`,
  `create index console_messages_edited on console_messages (edited_at) where edited_at is not null`,
]

const DOWN = [
  `drop index console_messages_edited, console_messages_by_parent, console_messages_by_age`,
  `drop index failure_groups_by_delivery, web_sessions_by_end, deliveries_by_age`,
  `drop table chores`,
]
