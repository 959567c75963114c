-- The schema that all migrations together make, to read: tables by name, partitions and indexes beneath theirs.
-- Written by `npm run schema`; a test compares it with a migrated database. Nothing executes it.

create sequence metric_chunk_ids;

create table admins (
  id integer not null generated always as identity,
  platform text not null,
  workspace text not null,
  kind text not null,
  subject text not null,
  name text not null,
  named_by text not null,
  created_at timestamp with time zone not null,
  constraint admins_pkey PRIMARY KEY (id),
  constraint admins_platform_workspace_kind_subject_key UNIQUE (platform, workspace, kind, subject),
  constraint admins_kind_check CHECK (kind = ANY (ARRAY['account'::text, 'role'::text, 'person'::text]))
);

create table answers (
  id text not null,
  line text not null,
  message jsonb not null,
  platform text not null,
  workspace text not null,
  channel text not null,
  user_id text not null,
  created_at timestamp with time zone not null,
  shared_at timestamp with time zone,
  constraint answers_pkey PRIMARY KEY (id)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=500);
create index answers_by_age on answers (created_at);

create table audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null,
  actor text not null,
  origin text not null,
  action text not null,
  subject text not null,
  project_id integer,
  details jsonb not null default '{}'::jsonb,
  constraint audit_pkey PRIMARY KEY (id)
);
create index audit_by_project on audit (project_id, id);

create table channels (
  id integer not null generated always as identity,
  platform text not null,
  workspace text not null,
  channel text not null,
  name text,
  default_project text,
  next_post_at timestamp with time zone,
  refusals integer not null default 0,
  paused_at timestamp with time zone,
  pause_reason text,
  created_at timestamp with time zone not null,
  lease_id text,
  lease_until timestamp with time zone,
  constraint channels_pkey PRIMARY KEY (id),
  constraint channels_platform_workspace_channel_key UNIQUE (platform, workspace, channel)
);

create table chart_files (
  workspace text not null,
  hash text not null,
  file text not null,
  usable boolean not null default false,
  uploaded_at timestamp with time zone not null,
  constraint chart_files_pkey PRIMARY KEY (workspace, hash)
);
create index chart_files_by_age on chart_files (uploaded_at);

create table charts (
  hash text not null,
  chart jsonb,
  png bytea,
  used_at timestamp with time zone not null,
  constraint charts_pkey PRIMARY KEY (hash)
);
create index charts_by_use on charts (used_at);

create table chores (
  name text not null,
  due_at timestamp with time zone not null,
  constraint chores_pkey PRIMARY KEY (name)
);

create table compactions (
  project_id integer not null,
  run_id uuid not null,
  due_at timestamp with time zone not null,
  requests integer not null default 1,
  constraint compactions_pkey PRIMARY KEY (project_id, run_id),
  constraint compactions_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=500);
create index compactions_due on compactions (due_at);

create table console_messages (
  id bigint not null generated always as identity,
  ref text not null,
  parent_id bigint,
  message jsonb not null,
  posted_at timestamp with time zone not null,
  edited_at timestamp with time zone,
  constraint console_messages_pkey PRIMARY KEY (id),
  constraint console_messages_ref_key UNIQUE (ref),
  constraint console_messages_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES console_messages(id) ON DELETE CASCADE
);
create index console_messages_by_age on console_messages (posted_at);
create index console_messages_by_parent on console_messages (parent_id) where parent_id IS NOT NULL;
create index console_messages_edited on console_messages (edited_at) where edited_at IS NOT NULL;

create table deliveries (
  id bigint not null generated always as identity,
  channel_id integer not null,
  rule text not null,
  subject text not null,
  state text not null,
  project_id integer,
  message jsonb not null,
  version integer not null default 1,
  sent_version integer not null default 0,
  status text not null default 'planned'::text,
  parent_id bigint,
  external_id text,
  url text,
  due_at timestamp with time zone not null,
  edit_due_at timestamp with time zone,
  edit_version integer not null default 0,
  edits integer not null default 0,
  attempts integer not null default 0,
  attempt_at timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  pictures_due boolean not null default false,
  faults integer not null default 0,
  constraint deliveries_pkey PRIMARY KEY (id),
  constraint deliveries_rule_subject_state_channel_id_key UNIQUE (rule, subject, state, channel_id),
  constraint deliveries_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE,
  constraint deliveries_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES deliveries(id) ON DELETE CASCADE,
  constraint deliveries_status_check CHECK (status = ANY (ARRAY['planned'::text, 'sending'::text, 'sent'::text, 'failed'::text]))
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=500);
create index deliveries_by_age on deliveries (created_at);
create index deliveries_by_message on deliveries (channel_id, external_id) where external_id IS NOT NULL;
create index deliveries_by_parent on deliveries (parent_id) where parent_id IS NOT NULL;
create index deliveries_edits on deliveries (edit_due_at) where edit_due_at IS NOT NULL;
create index deliveries_open on deliveries (channel_id, id) where status = ANY (ARRAY['planned'::text, 'sending'::text]);
create index deliveries_sent on deliveries (channel_id, sent_at) where sent_at IS NOT NULL;
create index shared_by_run on deliveries USING gin ((message -> 'about'::text)) where rule = 'share'::text;

create table episodes (
  id bigint not null generated by default as identity,
  rule text not null,
  project_id integer not null,
  key text not null,
  channel_id integer not null,
  delivery_id bigint not null,
  opened_at timestamp with time zone not null,
  open_until timestamp with time zone not null,
  members jsonb not null,
  state text not null,
  constraint episodes_pkey PRIMARY KEY (id),
  constraint episodes_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE,
  constraint episodes_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES deliveries(id) ON DELETE CASCADE,
  constraint episodes_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint episodes_state_check CHECK (state = ANY (ARRAY['firing'::text, 'resolved'::text]))
);
create index episodes_newest on episodes (project_id, rule, key, channel_id, delivery_id);
create unique index episodes_by_delivery on episodes (delivery_id, key);

create table events_seen (
  platform text not null,
  key text not null,
  seen_at timestamp with time zone not null,
  constraint events_seen_pkey PRIMARY KEY (platform, key)
);
create index events_seen_by_age on events_seen (seen_at);

create table fold_due (
  project_id integer not null,
  run_id uuid not null,
  from_id bigint not null default 0,
  constraint fold_due_pkey PRIMARY KEY (project_id, run_id),
  constraint fold_due_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
) with (fillfactor=50, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=500);

create table idempotency_keys (
  scope text not null,
  key text not null,
  request_hash text not null,
  status integer,
  response jsonb,
  created_at timestamp with time zone not null,
  constraint idempotency_keys_pkey PRIMARY KEY (scope, key)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=500);
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table metric_chunks (
  project_id integer not null,
  run_id uuid not null,
  metric_id integer not null,
  id bigint not null default nextval('metric_chunk_ids'::regclass),
  min_step bigint not null,
  max_step bigint not null,
  stepped boolean not null,
  points integer not null,
  packed bytea not null,
  constraint metric_chunks_pkey PRIMARY KEY (project_id, run_id, metric_id, id),
  constraint metric_chunks_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE,
  constraint metric_chunks_points_check1 CHECK (points > 0)
) with (autovacuum_vacuum_scale_factor=0.05);

create table metric_summaries (
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
  ended boolean not null default false,
  constraint metric_summaries_pkey PRIMARY KEY (project_id, run_id, metric_id, ended),
  constraint metric_summaries_project_id_run_id_fkey1 FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
) partition by list (ended);

create table metric_summaries_ended partition of metric_summaries for values in (true) with (autovacuum_vacuum_scale_factor=0.05);
create index summaries_by_last on metric_summaries_ended (project_id, metric_id, ranked, last_value DESC, run_id);
create index summaries_by_max on metric_summaries_ended (project_id, metric_id, ranked, max_value DESC, run_id);
create index summaries_by_min on metric_summaries_ended (project_id, metric_id, ranked, min_value, run_id);

create table metric_summaries_running partition of metric_summaries for values in (false) with (fillfactor=50, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000);

create table metrics (
  project_id integer not null,
  id integer not null generated always as identity,
  name text not null,
  direction text,
  direction_source text,
  unit text,
  min_delta double precision not null default 0,
  aggregate text not null default 'best'::text,
  is_primary boolean not null default false,
  created_at timestamp with time zone not null,
  constraint metrics_pkey PRIMARY KEY (project_id, id),
  constraint metrics_project_id_name_key UNIQUE (project_id, name),
  constraint metrics_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint metrics_aggregate_check CHECK (aggregate = ANY (ARRAY['best'::text, 'last'::text, 'min'::text, 'max'::text])),
  constraint metrics_direction_check CHECK (direction = ANY (ARRAY['max'::text, 'min'::text])),
  constraint metrics_direction_source_check CHECK (direction_source = ANY (ARRAY['declared'::text, 'well_known'::text])),
  constraint metrics_name_check CHECK (length(name) >= 1 AND length(name) <= 250)
);

create table mutes (
  channel_id integer not null,
  rule text not null,
  project text not null,
  until timestamp with time zone not null,
  created_by text not null,
  constraint mutes_pkey PRIMARY KEY (channel_id, rule, project),
  constraint mutes_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE
);

create table note_runs (
  project_id integer not null,
  note_id bigint not null,
  run_id uuid not null,
  constraint note_runs_pkey PRIMARY KEY (project_id, note_id, run_id),
  constraint note_runs_project_id_note_id_fkey FOREIGN KEY (project_id, note_id) REFERENCES notes(project_id, id) ON DELETE CASCADE,
  constraint note_runs_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index note_runs_by_run on note_runs (project_id, run_id, note_id);

create table notes (
  project_id integer not null,
  id bigint not null generated always as identity,
  author text not null,
  text text not null,
  created_at timestamp with time zone not null,
  kind text not null default 'note'::text,
  author_account text,
  source text,
  source_version bigint not null default 0,
  permalink text,
  edited_at timestamp with time zone,
  deleted_at timestamp with time zone,
  search tsvector generated always as (to_tsvector('english'::regconfig, text)) stored,
  constraint notes_pkey PRIMARY KEY (project_id, id),
  constraint notes_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint notes_kind_check CHECK (kind = ANY (ARRAY['note'::text, 'learning'::text]))
);
create index learnings_by_words on notes USING gin (search) where kind = 'learning'::text AND deleted_at IS NULL;
create index notes_by_id on notes (id);
create index notes_by_words on notes USING gin (search);
create index notes_newest on notes (project_id, kind, id) where deleted_at IS NULL;
create unique index notes_by_source on notes (source) where source IS NOT NULL;

create table outbox (
  id bigint not null generated always as identity,
  topic text not null,
  payload jsonb not null,
  created_at timestamp with time zone not null,
  lease_until timestamp with time zone,
  attempts integer not null default 0,
  last_error text,
  parked_at timestamp with time zone,
  constraint outbox_pkey PRIMARY KEY (id)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=500);
create index outbox_by_lease on outbox (lease_until NULLS FIRST, id);
create index outbox_parked on outbox (topic) where parked_at IS NOT NULL;

create table param_names (
  project_id integer not null,
  name text not null,
  constraint param_names_pkey PRIMARY KEY (project_id, name),
  constraint param_names_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);
create index param_names_by_words on param_names USING gin (to_tsvector('english'::regconfig, translate(name, '/.'::text, '  '::text)));

create table people (
  id integer not null generated always as identity,
  name text not null,
  created_at timestamp with time zone not null,
  constraint people_pkey PRIMARY KEY (id),
  constraint people_name_key UNIQUE (name)
);
create unique index people_by_lower_name on people (lower(name));

create table people_accounts (
  platform text not null,
  workspace text not null,
  account text not null,
  person_id integer not null,
  created_at timestamp with time zone not null,
  name text not null default ''::text,
  constraint people_accounts_pkey PRIMARY KEY (platform, workspace, account),
  constraint people_accounts_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE CASCADE
);
create index people_accounts_by_person on people_accounts (person_id);

create table point_log (
  project_id integer not null,
  run_id uuid not null,
  id bigint not null generated always as identity,
  arrived_at timestamp with time zone not null,
  body bytea not null,
  error text,
  constraint point_log_pkey PRIMARY KEY (project_id, run_id, id),
  constraint point_log_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_insert_scale_factor=0.2);
create index point_log_parked on point_log (project_id, run_id) where error IS NOT NULL;

create table point_pages (
  project_id integer not null,
  run_id uuid not null,
  id bigint not null default nextval('metric_chunk_ids'::regclass),
  points integer not null,
  body bytea not null,
  constraint point_pages_pkey PRIMARY KEY (project_id, run_id, id),
  constraint point_pages_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE,
  constraint point_pages_points_check CHECK (points > 0)
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_insert_scale_factor=0.2);

create table projects (
  id integer not null generated always as identity,
  name text not null,
  next_run_number integer not null default 1,
  created_at timestamp with time zone not null,
  constraint projects_pkey PRIMARY KEY (id),
  constraint projects_name_key UNIQUE (name),
  constraint projects_name_check CHECK (length(name) >= 1 AND length(name) <= 128)
);

create table records (
  project_id integer not null,
  metric_id integer not null,
  id bigint not null generated always as identity,
  run_id uuid not null,
  value double precision not null,
  step bigint,
  set_at timestamp with time zone not null,
  constraint records_pkey PRIMARY KEY (project_id, metric_id, id),
  constraint records_project_id_metric_id_fkey FOREIGN KEY (project_id, metric_id) REFERENCES metrics(project_id, id) ON DELETE CASCADE,
  constraint records_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index records_by_run on records (project_id, run_id);

create table run_data (
  project_id integer not null,
  run_id uuid not null,
  name text not null,
  version text not null,
  path text,
  url text,
  constraint run_data_pkey PRIMARY KEY (project_id, run_id, name, version),
  constraint run_data_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index run_data_by_version on run_data (project_id, name, version);

create table run_labels (
  project_id integer not null,
  run_id uuid not null,
  label text not null,
  account text not null,
  source text not null default ''::text,
  present boolean not null,
  version bigint not null,
  at timestamp with time zone not null,
  name text not null default ''::text,
  constraint run_labels_pkey PRIMARY KEY (project_id, run_id, label, account, source),
  constraint run_labels_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index run_labels_by_label on run_labels (project_id, label, run_id) where present;
create index run_labels_by_source on run_labels (source COLLATE "C") where source <> ''::text;

create table run_logs (
  project_id integer not null,
  run_id uuid not null,
  id bigint not null generated always as identity,
  lines text[] not null,
  created_at timestamp with time zone not null,
  constraint run_logs_pkey PRIMARY KEY (project_id, run_id, id),
  constraint run_logs_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);

create table run_params (
  project_id integer not null,
  run_id uuid not null,
  name text not null,
  value jsonb not null,
  number double precision,
  constraint run_params_pkey PRIMARY KEY (project_id, run_id, name),
  constraint run_params_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index run_params_by_number on run_params (project_id, name, number, run_id) where number IS NOT NULL;
create index run_params_by_text on run_params (project_id, name, "left"(value #>> '{}'::text[], 60), run_id) where number IS NULL;

create table run_tags (
  project_id integer not null,
  run_id uuid not null,
  key text not null,
  value text not null,
  constraint run_tags_pkey PRIMARY KEY (project_id, run_id, key),
  constraint run_tags_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index run_tags_by_key on run_tags (project_id, key, run_id);
create index run_tags_by_value on run_tags (project_id, "left"(value, 60), key, run_id) where value <> ''::text;
create index run_tags_by_words on run_tags USING gin (to_tsvector('english'::regconfig, translate((key || ' '::text) || "left"(value, 1000), '/.'::text, '  '::text))) where key !~~ 'mlflow.%'::text;

create table runs (
  project_id integer not null,
  id uuid not null,
  number integer not null,
  name text,
  owner text,
  status text not null,
  source text not null default 'api'::text,
  seed text,
  sweep text,
  fingerprint text,
  seed_group text,
  code_repo text,
  code_commit text,
  code_branch text,
  code_dirty boolean,
  code_patch_hash text,
  env jsonb not null default '{}'::jsonb,
  command text,
  heartbeat_s integer,
  starred boolean not null default false,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  last_write_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  invalidated_at timestamp with time zone,
  invalidated_by text,
  invalid_reason text,
  repeated_points bigint not null default 0,
  constraint runs_pkey PRIMARY KEY (project_id, id),
  constraint runs_project_id_number_key UNIQUE (project_id, number),
  constraint runs_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint runs_status_check CHECK (status = ANY (ARRAY['running'::text, 'finished'::text, 'failed'::text, 'killed'::text, 'lost'::text]))
) with (autovacuum_vacuum_scale_factor=0.05, fillfactor=90);
create index runs_alive on runs (project_id, id) where status = 'running'::text;
create index runs_by_commit on runs (project_id, code_commit text_pattern_ops) where code_commit IS NOT NULL;
create index runs_by_fingerprint on runs (project_id, fingerprint) where fingerprint IS NOT NULL;
create index runs_by_id on runs (id);
create index runs_by_name on runs (project_id, lower(name) text_pattern_ops, id);
create index runs_by_owner on runs (project_id, lower(owner), id);
create index runs_by_seed_group on runs (project_id, seed_group) where seed_group IS NOT NULL;
create index runs_by_start on runs (project_id, started_at, id);
create index runs_by_status on runs (project_id, status, id) where status <> ALL (ARRAY['running'::text, 'finished'::text]);
create index runs_by_sweep on runs (project_id, sweep) where sweep IS NOT NULL;
create index runs_by_words on runs USING gin (to_tsvector('english'::regconfig, translate(name, '/.'::text, '  '::text))) where name IS NOT NULL;
create index runs_invalidated on runs (project_id, invalidated_at) where invalidated_at IS NOT NULL;
create index runs_late on runs (project_id, started_at, id) where (created_at - started_at) > '1 day'::interval;
create index runs_starred on runs (project_id, number) where starred;
create index runs_started_late on runs (project_id, started_at, id) where started_at > created_at;

create table schedules (
  id integer not null generated always as identity,
  channel_id integer not null,
  report text not null,
  project text,
  days integer[] not null,
  at_time text not null,
  zone text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  last_slot timestamp with time zone not null,
  next_slot timestamp with time zone not null,
  constraint schedules_pkey PRIMARY KEY (id),
  constraint schedules_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE
);
create index schedules_by_next_slot on schedules (next_slot);

create table subscriptions (
  id integer not null generated always as identity,
  channel_id integer not null,
  project text not null,
  events text[] not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint subscriptions_pkey PRIMARY KEY (id),
  constraint subscriptions_channel_id_project_key UNIQUE (channel_id, project),
  constraint subscriptions_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE
);
create index subscriptions_by_project on subscriptions (project);

create table tokens (
  id integer not null generated always as identity,
  name text not null,
  hash text not null,
  person text not null,
  scopes text[] not null,
  project_id integer,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint tokens_pkey PRIMARY KEY (id),
  constraint tokens_hash_key UNIQUE (hash),
  constraint tokens_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);

create table unfurls (
  project_id integer not null,
  run_id uuid not null,
  platform text not null,
  workspace text not null,
  place text not null,
  message text not null,
  at timestamp with time zone not null,
  constraint unfurls_pkey PRIMARY KEY (project_id, run_id, platform, workspace, place),
  constraint unfurls_project_id_run_id_fkey FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);
create index unfurls_by_age on unfurls (at);

create table web_sessions (
  hash text not null,
  token_id integer,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint web_sessions_pkey PRIMARY KEY (hash),
  constraint web_sessions_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id) ON DELETE CASCADE
);
create index web_sessions_by_end on web_sessions (expires_at);
