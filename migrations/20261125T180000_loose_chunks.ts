import { type Kysely, sql } from 'kysely'

/**
 * Small rows of points live apart until they are put together. They come and go by the hundred for every run, and in
 * one index with the rows that stay they would leave its pages all but empty for ever; apart, theirs are used again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const KEYS = `project_id integer not null,
    run_id uuid not null,
    metric_id integer not null,`
const POINTS = `min_step bigint not null,
    max_step bigint not null,
    stepped boolean not null,
    points integer not null check (points > 0),
    packed bytea not null,`
const RUN = `foreign key (project_id, run_id) references runs on delete cascade`
const COLUMNS = `project_id, run_id, metric_id, id, min_step, max_step, stepped, points, packed`

const UP = [
  `alter table metric_chunks rename to unparted_chunks`,
  `alter index metric_chunks_pkey rename to unparted_chunks_pkey`,
  `create sequence metric_chunk_ids`,
  `create table metric_chunks (
    ${KEYS}
    id bigint not null default nextval('metric_chunk_ids'),
    ${POINTS}
    loose boolean not null default false,
    primary key (project_id, run_id, metric_id, id, loose),
    ${RUN}
  ) partition by list (loose)`,
  // Random doubles do not compress, and trying costs more than storing them.
  `alter table metric_chunks alter column packed set storage external`,
  `create table metric_chunks_settled partition of metric_chunks for values in (false)`,
  `create table metric_chunks_loose partition of metric_chunks for values in (true)`,
  `alter sequence metric_chunk_ids owned by metric_chunks.id`,
  `insert into metric_chunks (${COLUMNS}, loose) select ${COLUMNS}, points < 500 from unparted_chunks`,
  `select setval('metric_chunk_ids', coalesce(max(id), 1), max(id) is not null) from metric_chunks`,
  `drop table unparted_chunks`,
  `alter table metric_chunks_settled set (autovacuum_vacuum_scale_factor = 0.05)`,
  `alter table metric_chunks_loose set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)`,
  // From now on every small row of a run that has ended goes, the only one of its metric too.
  `insert into compactions (project_id, run_id, due_at)
    select distinct chunk.project_id, chunk.run_id, now() from metric_chunks chunk join runs on runs.project_id = chunk.project_id
      and runs.id = chunk.run_id
    where chunk.loose and status <> 'running'
    on conflict do nothing`,
]

const DOWN = [
  `alter table metric_chunks rename to parted_chunks`,
  `alter index metric_chunks_pkey rename to parted_chunks_pkey`,
  `create table metric_chunks (
    ${KEYS}
    id bigint generated always as identity,
    ${POINTS}
    primary key (project_id, run_id, metric_id, id),
    ${RUN}
  )`,
  `alter table metric_chunks alter column packed set storage external`,
  `insert into metric_chunks (${COLUMNS}) overriding system value select ${COLUMNS} from parted_chunks`,
  `select setval(pg_get_serial_sequence('metric_chunks', 'id'), coalesce(max(id), 1), max(id) is not null)
    from metric_chunks`,
  `drop table parted_chunks`,
  `alter table metric_chunks set (autovacuum_vacuum_scale_factor = 0.05)`,
]
