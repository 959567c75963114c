import { type Kysely, sql } from 'kysely'

/**
 * Summaries of running runs live apart from those of ended ones, and have no index but their key: a point changes
 * them in their place, and touches no index at all. The newest points of a metric lie in its summary, until they are
 * enough for a row of their own.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(MOVE_TAILS).execute(db)
  await repack(db)
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const COLUMNS = `project_id integer not null,
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
    loose integer not null default 0,
    ended boolean not null default false,`
const NAMES = COLUMNS.split(',').flatMap((column) => /\w+/.exec(column)?.[0] ?? [])
const RUN = `foreign key (project_id, run_id) references runs on delete cascade`

const ORDERS = [
  ['max', 'max_value desc'],
  ['min', 'min_value'],
  ['last', 'last_value desc'],
]
const indexes = (table: string, where: string) =>
  ORDERS.map(
    ([kind, order]) =>
      `create index summaries_by_${kind} on ${table} (project_id, metric_id, ranked, ${order}, run_id) ${where}`,
  )
const copy = `insert into metric_summaries (${NAMES.join(', ')}) select ${NAMES.join(', ')} from former_summaries`

const UP = [
  ...ORDERS.map(([kind]) => `drop index summaries_by_${kind}`),
  `alter table metric_summaries rename to former_summaries`,
  `alter index metric_summaries_pkey rename to former_summaries_pkey`,
  `create table metric_summaries (
    ${COLUMNS}
    noted_at timestamptz,
    tail_step bigint,
    tail bytea,
    primary key (project_id, run_id, metric_id, ended),
    ${RUN}
  ) partition by list (ended)`,
  `create table metric_summaries_running partition of metric_summaries for values in (false)`,
  `create table metric_summaries_ended partition of metric_summaries for values in (true)`,
  copy,
  `drop table former_summaries`,
  ...indexes('metric_summaries_ended', ''),
  `alter table metric_summaries_ended set (autovacuum_vacuum_scale_factor = 0.05)`,
  // Room for new versions on the page of the old one, and pages that are looked after while they are few.
  `alter table metric_summaries_running set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000)`,
]

const MOVE_TAILS = `insert into metric_chunks
  (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed, loose)
  select project_id, run_id, metric_id, tail_step, max_seen_step, true, octet_length(tail) / 24, '\\x02'::bytea || tail, true
  from metric_summaries where tail is not null`

const ROWS = 500

/** Rows of points one by one, which came with the tails, as the version before knows them. */
async function repack(db: Kysely<unknown>): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ id: string; packed: Buffer }>`select id, packed from metric_chunks_loose
      where get_byte(packed, 0) = 2 limit ${ROWS}`.execute(db)
    for (const { id, packed } of rows)
      await sql`update metric_chunks_loose set packed = ${byColumns(packed)} where id = ${id}`.execute(db)
    if (rows.length < ROWS) return
  }
}

/** From value, step and time of each point to all values, all steps, all times, 8 bytes each. */
function byColumns(packed: Buffer): Buffer {
  const count = (packed.length - 1) / 24
  const columns = Buffer.alloc(8 + count * 24)
  columns.set([1, 0, 8, 8])
  columns.writeUInt32LE(count, 4)
  for (let index = 0; index < count; index++)
    for (const column of [0, 1, 2])
      packed.copy(
        columns,
        8 + (column * count + index) * 8,
        1 + index * 24 + column * 8,
        9 + index * 24 + column * 8,
      )
  return columns
}

const DOWN = [
  `update metric_summaries set loose = loose + 1 where tail is not null`,
  `insert into compactions (project_id, run_id, due_at)
    select distinct project_id, run_id, now() from metric_summaries where tail is not null on conflict do nothing`,
  ...ORDERS.map(([kind]) => `drop index summaries_by_${kind}`),
  `alter table metric_summaries rename to former_summaries`,
  `alter index metric_summaries_pkey rename to former_summaries_pkey`,
  `create table metric_summaries (
    ${COLUMNS}
    primary key (project_id, run_id, metric_id),
    ${RUN}
  )`,
  copy,
  `drop table former_summaries`,
  ...indexes('metric_summaries', 'where ended'),
  `alter table metric_summaries set (autovacuum_vacuum_scale_factor = 0.05)`,
]
