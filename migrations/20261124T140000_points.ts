import { type Kysely, sql } from 'kysely'

/**
 * Points packed into bytes, about 10 instead of 24 a point; a metric's only point is kept by its summary alone.
 * `loose` counts the small rows of a metric that wait to be put together, `compactions` the runs that have some.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
  await copy<Unpacked>(db, 'unpacked_chunks', async (rows) => {
    for (const row of rows) {
      const { project_id, run_id, metric_id, id, min_step, max_step, stepped } = row
      await sql`insert into metric_chunks overriding system value values (${project_id}, ${run_id}, ${metric_id}, ${id},
        ${min_step}, ${max_step}, ${stepped}, ${row.points.length}, ${pack(row)})`.execute(db)
    }
  })
  await sql`select setval(pg_get_serial_sequence('metric_chunks', 'id'), (select max(id) from metric_chunks))`.execute(
    db,
  )
  await sql`drop table unpacked_chunks`.execute(db)
  await sql`update metric_summaries summary set loose = small.count from (
    select project_id, run_id, metric_id, count(*) from metric_chunks where points < 500 group by 1, 2, 3) small
    where (summary.project_id, summary.run_id, summary.metric_id) = (small.project_id, small.run_id, small.metric_id)`.execute(
    db,
  )
  await sql`insert into compactions select distinct project_id, run_id, now() from metric_summaries where loose > 1`.execute(
    db,
  )
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
  await copy<Packed>(db, 'packed_chunks', async (rows) => {
    for (const row of rows) {
      const { project_id, run_id, metric_id, id, min_step, max_step, stepped } = row
      const { steps, times, values } = unpack(row.packed)
      await sql`insert into metric_chunks overriding system value values (${project_id}, ${run_id}, ${metric_id}, ${id},
        ${min_step}, ${max_step}, ${stepped}, ${steps}::bigint[], ${times}::bigint[], ${values}::float8[])`.execute(
        db,
      )
    }
  })
  await sql`select setval(pg_get_serial_sequence('metric_chunks', 'id'), (select max(id) from metric_chunks))`.execute(
    db,
  )
  await sql`drop table packed_chunks`.execute(db)
  await sql`insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, steps, times, points)
    select project_id, run_id, metric_id, last_step, last_step, last_stepped, array[last_step], array[last_time],
      array[last_value] from metric_summaries where points = 1`.execute(db)
}

const KEYS = `project_id integer not null,
    run_id uuid not null,
    metric_id integer not null,
    id bigint generated always as identity,
    min_step bigint not null,
    max_step bigint not null,
    stepped boolean not null,`
const CONSTRAINTS = `primary key (project_id, run_id, metric_id, id),
    foreign key (project_id, run_id) references runs on delete cascade`

const UP = [
  `delete from metric_chunks chunk using metric_summaries summary where summary.points = 1
    and (chunk.project_id, chunk.run_id, chunk.metric_id) = (summary.project_id, summary.run_id, summary.metric_id)`,
  `alter table metric_chunks rename to unpacked_chunks`,
  `alter index metric_chunks_pkey rename to unpacked_chunks_pkey`,
  `create table metric_chunks (
    ${KEYS}
    points integer not null check (points > 0),
    packed bytea not null,
    ${CONSTRAINTS}
  )`,
  // Random doubles do not compress, and trying costs more than storing them.
  `alter table metric_chunks alter column packed set storage external`,
  `alter table metric_summaries add column loose integer not null default 0`,
  `create table compactions (
    project_id integer not null,
    run_id uuid not null,
    due_at timestamptz not null,
    requests integer not null default 1,
    primary key (project_id, run_id),
    foreign key (project_id, run_id) references runs on delete cascade
  )`,
  `create index compactions_due on compactions (due_at)`,
  // Rows of these change or go all the time: vacuum looks after them sooner than after a fifth of the table.
  ...['metric_summaries', 'metric_chunks', 'runs'].map(
    (table) => `alter table ${table} set (autovacuum_vacuum_scale_factor = 0.05)`,
  ),
  ...['outbox', 'compactions', 'deliveries', 'idempotency_keys', 'answers'].map(
    (table) =>
      `alter table ${table} set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500)`,
  ),
]

const DOWN = [
  ...['metric_summaries', 'runs', 'outbox', 'deliveries', 'idempotency_keys', 'answers'].map(
    (table) => `alter table ${table} reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)`,
  ),
  `drop table compactions`,
  `alter table metric_summaries drop column loose`,
  `alter table metric_chunks rename to packed_chunks`,
  `alter index metric_chunks_pkey rename to packed_chunks_pkey`,
  `create table metric_chunks (
    ${KEYS}
    steps bigint[] not null,
    times bigint[] not null,
    points double precision[] not null,
    ${CONSTRAINTS},
    check (cardinality(steps) = cardinality(times) and cardinality(steps) = cardinality(points))
  )`,
]

interface Row {
  project_id: number
  run_id: string
  metric_id: number
  id: string
  min_step: string
  max_step: string
  stepped: boolean
}

type Unpacked = Row & { steps: string[]; times: string[]; points: number[] }
type Packed = Row & { packed: Buffer }

const ROWS = 200

/** All rows of a table by its key, a few at a time. */
async function copy<T extends Row>(
  db: Kysely<unknown>,
  table: string,
  write: (rows: T[]) => Promise<void>,
): Promise<void> {
  let after: Row | undefined
  for (;;) {
    const later =
      after === undefined
        ? sql`true`
        : sql`(project_id, run_id, metric_id, id) > (${after.project_id}, ${after.run_id}::uuid, ${after.metric_id}, ${after.id})`
    const { rows } = await sql<T>`select * from ${sql.table(table)} where ${later}
      order by project_id, run_id, metric_id, id limit ${ROWS}`.execute(db)
    await write(rows)
    after = rows.at(-1)
    if (rows.length < ROWS) return
  }
}

/** Version 1 with every column at its full width, so that nothing here has to choose. */
function pack({ steps, times, points }: Unpacked): Buffer {
  const header = Buffer.from([1, 0, 8, 8, 0, 0, 0, 0])
  header.writeUInt32LE(points.length, 4)
  const body = Buffer.alloc(points.length * 24)
  points.forEach((value, index) => body.writeDoubleLE(value, index * 8))
  steps.forEach((step, index) => body.writeBigInt64LE(BigInt(step), (points.length + index) * 8))
  times.forEach((time, index) => body.writeBigInt64LE(BigInt(time), (2 * points.length + index) * 8))
  return Buffer.concat([header, body])
}

function unpack(packed: Buffer) {
  const count = packed.readUInt32LE(4)
  const size = packed[1] === 1 ? 4 : 8
  const values = Array.from({ length: count }, (_, index) =>
    size === 4 ? packed.readFloatLE(8 + index * 4) : packed.readDoubleLE(8 + index * 8),
  )
  const stepWidth = packed[2] ?? 8
  const stepsAt = 8 + count * size
  const timesAt = stepsAt + (stepWidth === 8 ? count * 8 : 16 + (count - 1) * stepWidth)
  return {
    values,
    steps: unpackIntegers(packed, stepsAt, count, stepWidth),
    times: unpackIntegers(packed, timesAt, count, packed[3] ?? 8),
  }
}

function unpackIntegers(packed: Buffer, at: number, count: number, width: number): string[] {
  if (width === 8)
    return Array.from({ length: count }, (_, index) => String(packed.readBigInt64LE(at + index * 8)))
  const least = packed.readBigInt64LE(at + 8)
  let value = packed.readBigInt64LE(at)
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) {
      const residual = width === 0 ? 0 : packed.readUIntLE(at + 16 + (index - 1) * width, width)
      value += least + BigInt(residual)
    }
    return String(value)
  })
}
