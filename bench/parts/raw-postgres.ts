import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { packPoints, type PointColumns } from '../../src/points/packed-points.ts'
import { closedLoop } from '../harness/load.ts'
import type { Batch } from './workload.ts'

/** What PostgreSQL itself can do: prepared statements of pg, a connection per client, each statement its own commit. */
export async function createRawTables(client: pg.Client): Promise<void> {
  await client.query(`create table raw_points (
    project_id integer, run_id uuid, metric_id integer, step bigint, time bigint, value double precision,
    primary key (project_id, run_id, metric_id, step))`)
  await client.query(`insert into projects (name, created_at) values ('raw', now())`)
}

const ROWS = `insert into raw_points (project_id, run_id, metric_id, step, time, value)
  select 1, $1, 1, step, time, value from unnest($2::bigint[], $3::bigint[], $4::float8[]) as point(step, time, value)`

const CHUNK = `insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed)
  values (1, $1, 1, $2, $3, true, $4, $5)`

const ROW = `insert into raw_points (project_id, run_id, metric_id, step, time, value) values (1, $1, 1, $2, $3, $4)`

/** (a): a row per point, by unnest. */
export async function rawRows(url: string, batches: Batch[][]) {
  return await write(url, batches, {
    statement: { name: 'rows', text: ROWS },
    encode: ({ steps, times, values }) => [steps, times, Array.from(values)],
  })
}

/** (b): our own packed rows. */
export async function rawChunks(url: string, batches: Batch[][]) {
  return await write(url, batches, {
    statement: { name: 'chunk', text: CHUNK },
    encode: (points) => [points.steps[0], points.steps.at(-1), points.values.length, packPoints(points)],
    prepare: prepareRuns,
  })
}

/** Single rows for some seconds. */
export async function rawSingles(url: string, seconds: number, round: number) {
  const clients = await connect(url, 8)
  const runs = clients.map(() => randomUUID())
  const sent: Batch[][] = clients.map(() => [])
  const load = await closedLoop(clients.length, seconds, async (at, step) => {
    const points = {
      steps: [step],
      times: [1_764_000_000_000 + step * 997],
      values: Float64Array.of(at + round + step / 3),
    }
    await clients[at]?.query({
      name: 'row',
      text: ROW,
      values: [runs[at], step, points.times[0], points.values[0]],
    })
    sent[at]?.push({ body: '', points: new Map([['loss', points]]) })
  })
  await Promise.all(clients.map((client) => client.end()))
  return { rate: load.rate, runs, sent }
}

interface Raw {
  statement: { name: string; text: string }
  /** The parameters after the run, made before the clock starts. */
  encode(points: PointColumns): unknown[]
  prepare?(client: pg.Client, runs: string[]): Promise<void>
}

async function write(
  url: string,
  batches: Batch[][],
  { statement, encode, prepare }: Raw,
): Promise<{ rate: number; runs: string[] }> {
  const clients = await connect(url, batches.length)
  const runs = clients.map(() => randomUUID())
  await prepare?.(clients[0] as pg.Client, runs)
  const encoded = batches.map((own) => own.flatMap(({ points }) => [...points.values()].map(encode)))
  const begun = performance.now()
  await Promise.all(
    clients.map(async (client, at) => {
      for (const values of encoded[at] ?? [])
        await client.query({ ...statement, values: [runs[at], ...values] })
    }),
  )
  const seconds = (performance.now() - begun) / 1_000
  await Promise.all(clients.map((client) => client.end()))
  return { rate: batches.flat().length / seconds, runs }
}

async function connect(url: string, count: number): Promise<pg.Client[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client
    }),
  )
}

/** Our rows belong to runs. */
async function prepareRuns(client: pg.Client, runs: string[]): Promise<void> {
  await client.query(
    `insert into runs (project_id, id, number, status, started_at, last_write_at, created_at)
     select 1, id, (select coalesce(max(number), 0) from runs where project_id = 1) + row_number() over (), 'running', now(), now(), now()
     from unnest($1::uuid[]) as run(id)`,
    [runs],
  )
}
