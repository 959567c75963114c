import { type Kysely, sql } from 'kysely'

/** Projects, runs and everything that went into and came out of a run. `project_id` leads every key that grows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES.toReversed()) await sql.raw(`drop table ${table}`).execute(db)
}

const TABLES = [
  'projects',
  'metrics',
  'runs',
  'run_params',
  'param_names',
  'run_tags',
  'run_data',
  'run_logs',
  'notes',
  'metric_chunks',
  'metric_summaries',
  'records',
]

const STATEMENTS = [
  `create table projects (
    id integer generated always as identity primary key,
    name text not null unique check (length(name) between 1 and 128),
    next_run_number integer not null default 1,
    created_at timestamptz not null
  )`,
  `create table metrics (
    project_id integer not null references projects on delete cascade,
    id integer generated always as identity,
    name text not null check (length(name) between 1 and 250),
    direction text check (direction in ('max', 'min')),
    direction_source text check (direction_source in ('declared', 'well_known')),
    unit text,
    min_delta double precision not null default 0,
    aggregate text not null default 'best' check (aggregate in ('best', 'last', 'min', 'max')),
    is_primary boolean not null default false,
    created_at timestamptz not null,
    primary key (project_id, id),
    unique (project_id, name)
  )`,
  `create table runs (
    project_id integer not null references projects on delete cascade,
    id uuid not null,
    number integer not null,
    name text,
    owner text,
    status text not null check (status in ('running', 'finished', 'failed', 'killed', 'lost')),
    source text not null default 'api',
    seed text,
    sweep text,
    fingerprint text,
    seed_group text,
    code_repo text,
    code_commit text,
    code_branch text,
    code_dirty boolean,
    code_patch_hash text,
    env jsonb not null default '{}',
    command text,
    heartbeat_s integer,
    starred boolean not null default false,
    started_at timestamptz not null,
    ended_at timestamptz,
    last_write_at timestamptz not null,
    created_at timestamptz not null,
    primary key (project_id, id),
    unique (project_id, number)
  )`,
  `create index runs_by_id on runs (id)`,
  `create index runs_by_name on runs (project_id, name)`,
  `create index runs_by_fingerprint on runs (project_id, fingerprint) where fingerprint is not null`,
  `create index runs_by_seed_group on runs (project_id, seed_group) where seed_group is not null`,
  `create index runs_by_commit on runs (project_id, code_commit text_pattern_ops) where code_commit is not null`,
  `create index runs_by_sweep on runs (project_id, sweep) where sweep is not null`,
  `create index runs_by_owner on runs (project_id, owner, number)`,
  `create index runs_alive on runs (last_write_at) where status = 'running'`,
  `create table run_params (
    project_id integer not null,
    run_id uuid not null,
    name text not null,
    value jsonb not null,
    number double precision,
    primary key (project_id, run_id, name),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create table param_names (
    project_id integer not null references projects on delete cascade,
    name text not null,
    primary key (project_id, name)
  )`,
  `create table run_tags (
    project_id integer not null,
    run_id uuid not null,
    key text not null,
    value text not null,
    primary key (project_id, run_id, key),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create index run_tags_by_key on run_tags (project_id, key, run_id)`,
  `create table run_data (
    project_id integer not null,
    run_id uuid not null,
    name text not null,
    version text not null,
    path text,
    url text,
    primary key (project_id, run_id, name, version),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create index run_data_by_version on run_data (project_id, name, version)`,
  `create table run_logs (
    project_id integer not null,
    run_id uuid not null,
    id bigint generated always as identity,
    lines text[] not null,
    created_at timestamptz not null,
    primary key (project_id, run_id, id),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create table notes (
    project_id integer not null,
    run_id uuid not null,
    id bigint generated always as identity,
    author text not null,
    text text not null,
    created_at timestamptz not null,
    primary key (project_id, run_id, id),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create table metric_chunks (
    project_id integer not null,
    run_id uuid not null,
    metric_id integer not null,
    id bigint generated always as identity,
    min_step bigint not null,
    max_step bigint not null,
    stepped boolean not null,
    steps bigint[] not null,
    times bigint[] not null,
    points double precision[] not null,
    primary key (project_id, run_id, metric_id, id),
    foreign key (project_id, run_id) references runs on delete cascade,
    check (cardinality(steps) = cardinality(times) and cardinality(steps) = cardinality(points))
  )`,
  `create table metric_summaries (
    project_id integer not null,
    run_id uuid not null,
    metric_id integer not null,
    points bigint not null,
    nans bigint not null,
    infinities bigint not null,
    last_value double precision not null,
    last_step bigint not null,
    last_time bigint not null,
    last_stepped boolean not null,
    min_value double precision,
    min_step bigint,
    max_value double precision,
    max_step bigint,
    max_seen_step bigint not null,
    ranked boolean not null default false,
    primary key (project_id, run_id, metric_id),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create index summaries_by_max on metric_summaries (project_id, metric_id, max_value) where ranked`,
  `create index summaries_by_min on metric_summaries (project_id, metric_id, min_value) where ranked`,
  `create index summaries_by_last on metric_summaries (project_id, metric_id, last_value) where ranked`,
  `create table records (
    project_id integer not null,
    metric_id integer not null,
    id bigint generated always as identity,
    run_id uuid not null,
    value double precision not null,
    step bigint,
    set_at timestamptz not null,
    primary key (project_id, metric_id, id),
    foreign key (project_id, run_id) references runs on delete cascade,
    foreign key (project_id, metric_id) references metrics on delete cascade
  )`,
  `create index records_by_run on records (project_id, run_id)`,
]
