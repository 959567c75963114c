import { type Kysely, sql } from 'kysely'

/**
 * A request for metrics becomes a row of point_log, and is folded into summaries, pages and chunks a moment later. The
 * tails of summaries become chunks, and chunks are one table again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await refuseOlderProcesses(db)
  for (const statement of UP) await sql.raw(statement).execute(db)
}

/** @throws Error while points are in the log or in pages: an older release cannot read them */
export async function down(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ waiting: boolean }>`select exists (select from point_log)
    or exists (select from point_pages) as waiting`.execute(db)
  if (rows[0]?.waiting === true)
    throw new Error('Points are in the log or in pages: end all runs and wait for their upkeep first.')
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

/**
 * An older process would write tails that are gone. Its connections have these names, those of this release others, but
 * for BullMQ's own that listens to the queue 'expediter'. Other teams in the database have roles of their own.
 */
async function refuseOlderProcesses(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ sessions: number }>`select count(*)::int as sessions from pg_stat_activity
    where datname = current_database() and usename = current_user and (
      application_name in ('expediter queue', 'expediter relay')
      or application_name = 'expediter' and query !~* '^\\s*listen')`.execute(db)
  const sessions = rows[0]?.sessions ?? 0
  if (sessions > 0) {
    throw new Error(
      `An older release of Expediter is still connected to this database (${sessions} sessions). Stop all its processes, then start this one again.`,
    )
  }
}

const KEY = `project_id integer not null,
    run_id uuid not null,`
const RUN = `foreign key (project_id, run_id) references runs on delete cascade`
const TAIL_BYTES = 24

const UP = [
  `insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed, loose)
    select project_id, run_id, metric_id, tail_step, max_seen_step, true, octet_length(tail) / ${TAIL_BYTES},
      '\\x02'::bytea || tail, false
    from metric_summaries where tail is not null`,
  `alter table metric_summaries drop column tail, drop column tail_step, drop column loose, drop column noted_at`,
  `alter table metric_chunks detach partition metric_chunks_settled`,
  `insert into metric_chunks_settled
    (project_id, run_id, metric_id, id, min_step, max_step, stepped, points, packed, loose)
    select project_id, run_id, metric_id, id, min_step, max_step, stepped, points, packed, false from metric_chunks`,
  `alter sequence metric_chunk_ids owned by metric_chunks_settled.id`,
  `drop table metric_chunks`,
  `alter table metric_chunks_settled rename to metric_chunks`,
  `alter table metric_chunks drop constraint metric_chunks_settled_pkey`,
  `alter table metric_chunks drop column loose`,
  `alter table metric_chunks add primary key (project_id, run_id, metric_id, id)`,
  `alter table runs add column repeated_points bigint not null default 0`,
  `create table point_log (
    ${KEY}
    id bigint not null generated always as identity,
    arrived_at timestamptz not null,
    body bytea not null,
    error text,
    primary key (project_id, run_id, id),
    ${RUN}
  )`,
  `create index point_log_parked on point_log (project_id, run_id) where error is not null`,
  `create table point_pages (
    ${KEY}
    id bigint not null default nextval('metric_chunk_ids'),
    points integer not null check (points > 0),
    body bytea not null,
    primary key (project_id, run_id, id),
    ${RUN}
  )`,
  `create table fold_due (
    ${KEY}
    from_id bigint not null default 0,
    primary key (project_id, run_id),
    ${RUN}
  )`,
  // Rows come and go by the thousand, and doubles hardly compress.
  ...['point_log', 'point_pages'].flatMap((table) => [
    `alter table ${table} alter column body set storage external`,
    `alter table ${table} set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_insert_scale_factor = 0.2)`,
  ]),
  `alter table fold_due set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500)`,
]

const DOWN = [
  `drop table fold_due`,
  `drop table point_pages`,
  `drop table point_log`,
  `alter table runs drop column repeated_points`,
  `alter table metric_summaries add column loose integer not null default 0, add column noted_at timestamptz,
    add column tail_step bigint, add column tail bytea`,
  `alter table metric_chunks rename to metric_chunks_settled`,
  `alter sequence metric_chunk_ids owned by none`,
  `alter table metric_chunks_settled drop constraint metric_chunks_pkey`,
  `alter table metric_chunks_settled add column loose boolean not null default false`,
  `create table metric_chunks (like metric_chunks_settled including defaults including storage including constraints)
    partition by list (loose)`,
  `alter table metric_chunks add primary key (project_id, run_id, metric_id, id, loose)`,
  `alter table metric_chunks add ${RUN}`,
  `alter table metric_chunks attach partition metric_chunks_settled for values in (false)`,
  `create table metric_chunks_loose partition of metric_chunks for values in (true)
    with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)`,
  `alter sequence metric_chunk_ids owned by metric_chunks.id`,
]
