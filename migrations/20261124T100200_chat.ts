import { type Kysely, sql } from 'kysely'

/** From an event to one message: the outbox, where messages go, what was sent, and what may not be sent twice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES.toReversed()) await sql.raw(`drop table ${table}`).execute(db)
}

const TABLES = [
  'outbox',
  'channels',
  'subscriptions',
  'schedules',
  'mutes',
  'deliveries',
  'announcements',
  'failure_groups',
  'answers',
  'console_messages',
  'events_seen',
]

const STATEMENTS = [
  `create table outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    payload jsonb not null,
    created_at timestamptz not null,
    lease_until timestamptz,
    attempts integer not null default 0,
    last_error text
  )`,
  `create index outbox_by_lease on outbox (lease_until nulls first, id)`,
  `create table channels (
    id integer generated always as identity primary key,
    platform text not null check (platform in ('slack', 'discord', 'console')),
    workspace text not null,
    channel text not null,
    name text,
    default_project text,
    next_post_at timestamptz,
    refusals integer not null default 0,
    paused_at timestamptz,
    pause_reason text,
    created_at timestamptz not null,
    unique (platform, workspace, channel)
  )`,
  `create table subscriptions (
    id integer generated always as identity primary key,
    channel_id integer not null references channels on delete cascade,
    project text not null,
    events text[] not null,
    created_by text not null,
    created_at timestamptz not null,
    unique (channel_id, project)
  )`,
  `create index subscriptions_by_project on subscriptions (project)`,
  `create table schedules (
    id integer generated always as identity primary key,
    channel_id integer not null references channels on delete cascade,
    report text not null,
    project text,
    days integer[] not null,
    at_time text not null,
    zone text not null,
    created_by text not null,
    created_at timestamptz not null,
    last_slot timestamptz not null,
    next_slot timestamptz not null
  )`,
  `create index schedules_by_next_slot on schedules (next_slot)`,
  `create table mutes (
    channel_id integer not null references channels on delete cascade,
    rule text not null,
    project text not null,
    until timestamptz not null,
    created_by text not null,
    primary key (channel_id, rule, project)
  )`,
  `create table deliveries (
    id bigint generated always as identity primary key,
    channel_id integer not null references channels on delete cascade,
    rule text not null,
    subject text not null,
    state text not null,
    project_id integer,
    message jsonb not null,
    version integer not null default 1,
    sent_version integer not null default 0,
    status text not null default 'planned'
      check (status in ('planned', 'sending', 'sent', 'failed')),
    parent_id bigint references deliveries on delete cascade,
    external_id text,
    url text,
    due_at timestamptz not null,
    edit_due_at timestamptz,
    edit_version integer not null default 0,
    edits integer not null default 0,
    attempts integer not null default 0,
    attempt_at timestamptz,
    last_error text,
    created_at timestamptz not null,
    sent_at timestamptz,
    unique (rule, subject, state, channel_id)
  )`,
  `create index deliveries_open on deliveries (channel_id, id) where status in ('planned', 'sending')`,
  `create index deliveries_edits on deliveries (edit_due_at) where edit_due_at is not null`,
  `create index deliveries_by_parent on deliveries (parent_id) where parent_id is not null`,
  `create table announcements (
    delivery_id bigint not null references deliveries on delete cascade,
    channel_id integer not null references channels on delete cascade,
    project_id integer not null references projects on delete cascade,
    metric_id integer not null,
    records jsonb not null,
    beaten_by jsonb,
    open_until timestamptz not null,
    created_at timestamptz not null,
    primary key (delivery_id, metric_id)
  )`,
  `create index announcements_latest on announcements (project_id, metric_id, channel_id, delivery_id)`,
  `create table failure_groups (
    project_id integer not null references projects on delete cascade,
    channel_id integer not null references channels on delete cascade,
    signature text not null,
    delivery_id bigint not null references deliveries on delete cascade,
    run_count integer not null,
    last_at timestamptz not null,
    primary key (project_id, channel_id, signature)
  )`,
  `create table answers (
    id text primary key,
    line text not null,
    message jsonb not null,
    platform text not null,
    workspace text not null,
    channel text not null,
    user_id text not null,
    created_at timestamptz not null,
    shared_at timestamptz
  )`,
  `create index answers_by_age on answers (created_at)`,
  `create table console_messages (
    id bigint generated always as identity primary key,
    ref text not null unique,
    parent_id bigint references console_messages on delete cascade,
    message jsonb not null,
    posted_at timestamptz not null,
    edited_at timestamptz
  )`,
  `create table events_seen (
    platform text not null,
    key text not null,
    seen_at timestamptz not null,
    primary key (platform, key)
  )`,
  `create index events_seen_by_age on events_seen (seen_at)`,
]
