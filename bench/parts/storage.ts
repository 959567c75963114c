import { startPostgres } from '../harness/database.ts'
import { withClient } from '../../test/support/with-client.ts'
import { createClient } from '../harness/load.ts'
import type { Bench, Measure, Part } from '../harness/measure.ts'
import { createRandom } from '../harness/random.ts'
import { startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'
import { checkPoints } from './check-points.ts'
import { type Batch, meanBatch, steadyBatch } from './workload.ts'

const CLIENTS = 8
const ROUNDS = 3

interface Shape {
  name: string
  /** Batches of one run, or single points. */
  calls: number
  make(number: number, seed: number): Batch
  atMost?: number
}

const SHAPES: Shape[] = [
  { name: 'batches of 1,000, regular steps, jittered times', calls: 20, make: steadyBatch, atMost: 17 },
  { name: 'single points, once their runs have ended', calls: 2_000, make: singlePoint, atMost: 25 },
  { name: 'shuffled, 100 metrics, repeats', calls: 20, make: meanBatch },
]

export const storage: Part = {
  name: 'storage',
  summary:
    'What a point of random doubles takes in PostgreSQL, indexes and summaries included, after compaction and vacuum',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const sizes = SHAPES.map((): number[] => [])
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [index, shape] of SHAPES.entries()) {
        const url = await postgres.createDatabase(`storage_${round}_${index}`)
        const size = await bytesPerPoint(bench, url, shape, round)
        sizes[index]?.push(size)
        bench.say(`round ${round} of ${ROUNDS}, ${shape.name}: ${figure(size)} bytes a point`)
      }
    }
    return SHAPES.map(
      ({ name, atMost }, index): Measure => ({
        name,
        unit: 'bytes/point',
        rounds: sizes[index] ?? [],
        ...(atMost === undefined ? {} : { goal: { of: 'figure', atMost } }),
      }),
    )
  },
}

async function bytesPerPoint(bench: Bench, url: string, shape: Shape, round: number): Promise<number> {
  const server = await startServer(bench, { DATABASE_URL: url })
  const client = createClient(server.url, CLIENTS)
  const batches = Array.from({ length: CLIENTS }, (_, at) =>
    Array.from({ length: shape.calls }, (_call, number) =>
      shape.make(number, (round * CLIENTS + at) * 1_000 + number),
    ),
  )
  const ids = await Promise.all(
    batches.map(async (own) => {
      const started = await client.call({ method: 'POST', path: '/api/v1/runs', body: '{"project":"bench"}' })
      const { id } = (JSON.parse(started) as { run: { id: string } }).run
      for (const { body } of own)
        await client.call({ method: 'POST', path: `/api/v1/runs/${id}/metrics`, body })
      await client.call({ method: 'PATCH', path: `/api/v1/runs/${id}`, body: '{"status":"finished"}' })
      return id
    }),
  )
  await compacted(url)
  await client.close()
  await server.stop()
  await checkPoints(url, ids, batches)
  const points = batches
    .flat()
    .flatMap(({ points: own }) => [...own.values()].map(({ steps }) => steps.length))
  return (await sizeOf(url)) / points.reduce((total, count) => total + count, 0)
}

/** Compaction is asked for when a run ends, and done by the worker. */
async function compacted(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ open: number }>('select count(*)::int as open from compactions')
      if (rows[0]?.open === 0) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })
}

const TABLES = ['metric_chunks', 'metric_summaries', 'point_pages', 'point_log', 'fold_due']

/** Without the room that deleted rows left, which the next rows fill. */
async function sizeOf(url: string): Promise<number> {
  return await withClient(url, async (client) => {
    for (const table of TABLES) await client.query(`vacuum full ${table}`)
    const { rows } = await client.query<{ size: string }>(
      `select sum(pg_total_relation_size(relid)) as size
       from (select unnest($1::regclass[]) as relid
         union select part.relid from unnest($1::regclass[]) as stored(root), pg_partition_tree(stored.root) part) stored`,
      [TABLES],
    )
    return Number(rows[0]?.size)
  })
}

function singlePoint(number: number, seed: number): Batch {
  const value = createRandom(seed)()
  const time = Date.UTC(2026, 10, 24) + number * 1_000 + (seed % 50)
  return {
    body: JSON.stringify({ points: [{ name: 'loss', value, step: number, time }] }),
    points: new Map([['loss', { steps: [number], times: [time], values: Float64Array.of(value) }]]),
  }
}
