import { type Kysely, sql } from 'kysely'

/** Who may do what: people, their chat accounts, tokens, log-ins, repeated requests and the trail of changes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES.toReversed()) await sql.raw(`drop table ${table}`).execute(db)
}

const TABLES = ['people', 'people_accounts', 'tokens', 'web_sessions', 'idempotency_keys', 'audit']

const STATEMENTS = [
  `create table people (
    id integer generated always as identity primary key,
    name text not null unique,
    created_at timestamptz not null
  )`,
  `create table people_accounts (
    platform text not null,
    workspace text not null,
    account text not null,
    person_id integer not null references people on delete cascade,
    created_at timestamptz not null,
    primary key (platform, workspace, account)
  )`,
  `create table tokens (
    id integer generated always as identity primary key,
    name text not null,
    hash text not null unique,
    person text not null,
    scopes text[] not null,
    project_id integer references projects on delete cascade,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
  )`,
  `create table web_sessions (
    hash text primary key,
    token_id integer references tokens on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  `create table idempotency_keys (
    scope text not null,
    key text not null,
    request_hash text not null,
    status integer,
    response jsonb,
    created_at timestamptz not null,
    primary key (scope, key)
  )`,
  `create index idempotency_keys_by_age on idempotency_keys (created_at)`,
  `create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    origin text not null,
    action text not null,
    subject text not null,
    project_id integer,
    details jsonb not null default '{}'
  )`,
  `create index audit_by_project on audit (project_id, id)`,
]
