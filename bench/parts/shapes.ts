import { deepEqual, equal } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { withClient } from '../../test/support/with-client.ts'
import { startPostgres } from '../harness/database.ts'
import { closedLoop, createClient } from '../harness/load.ts'
import { type Bench, type Measure, type Part, percentile } from '../harness/measure.ts'
import { startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'
import { rawRequests } from './shapes/raw-requests.ts'
import { sizesPerPoint } from './shapes/sizes.ts'
import { meanBatch } from './workload.ts'

const CLIENTS = 8
const ROUNDS = 3
/** How long each shape is sent in a round. A minute shows what a server does that has to keep up. */
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 4)
const WARM_UP_SECONDS = 2
const LOOK_EVERY_MS = 20
/** A metric of each so many is read back point by point; of all the summaries are. */
const READ_BACK = 50
const LAG_SECONDS = 5
const LAG_PAUSE_MS = 50

interface Shape {
  name: string
  metrics: number
  steps: number
  body(client: number, count: number): string
  /** Ratio to the other build. */
  goal?: number
}

const SHAPES: Shape[] = [
  shape(1, 1, 3),
  shape(20, 1, 8),
  shape(100, 1, 12),
  shape(1_000, 1, 10),
  shape(100, 10, 6),
  shape(1, 1_000, 0.6),
  {
    ...{ name: 'shuffled, 100 metrics, repeats', metrics: 100, steps: 9, goal: 4 },
    body: (client, count) => meanBatch(count, client * 100_000 + count).body,
  },
]

function shape(metrics: number, steps: number, goal: number): Shape {
  return {
    ...{ name: `${metrics} x ${steps}`, metrics, steps, goal },
    body: (client, count) => {
      const own = Array.from({ length: steps }, (_, index) => count * steps + index)
      const series: Record<string, number[]> = {}
      for (let metric = 0; metric < metrics; metric++)
        series[`m${metric}`] = own.map((step) => value(client, metric, step))
      return JSON.stringify({ steps: own, series })
    },
  }
}

const value = (client: number, metric: number, step: number) => client + metric / 7 + step / 3

interface Side {
  name: string
  url: string
  client: ReturnType<typeof createClient>
}

/**
 * What training scripts send: metrics of one step in a request, and the like. `BENCH_AGAINST=<folder>` measures another
 * build beside this one, `BENCH_SHAPES=20 x 1,100 x 1` some of the shapes.
 */
export const shapes: Part = {
  name: 'shapes',
  summary:
    'Requests of the shapes that training scripts send, 8 clients, until each point is folded and shown, in turn with another build where BENCH_AGAINST names its folder',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const sides = [await startSide(bench, 'this build', postgres.createEmpty, process.cwd())]
    const against = process.env['BENCH_AGAINST']
    if (against !== undefined)
      sides.push(await startSide(bench, 'the other build', postgres.createEmpty, against))
    const measures: Measure[] = []
    const chosen = process.env['BENCH_SHAPES']?.split(',')
    for (const one of SHAPES.filter(({ name }) => chosen?.includes(name) ?? true))
      measures.push(...(await measureShape(bench, postgres.url, sides, one)))
    measures.push(...(await measureLag(sides[0] as Side)))
    measures.push(...(await sizesPerPoint(bench, sides)))
    for (const { client } of sides) await client.close()
    return measures
  },
}

async function startSide(
  bench: Bench,
  name: string,
  createEmpty: (name: string) => Promise<string>,
  folder: string,
): Promise<Side> {
  const url = await createEmpty(name.replaceAll(' ', '_'))
  const server = await startServer(bench, { DATABASE_URL: url }, 'all', folder)
  return { name, url, client: createClient(server.url, CLIENTS) }
}

async function measureShape(bench: Bench, postgres: string, sides: Side[], one: Shape): Promise<Measure[]> {
  const rates = sides.map((): number[] => [])
  const raw: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const seconds = round === 0 ? WARM_UP_SECONDS : SECONDS
    for (const [at, side] of sides.entries()) {
      const rate = await sendShape(side, one, seconds)
      if (round > 0) rates[at]?.push(rate)
    }
    const inserts = await rawRequests(postgres, {
      clients: CLIENTS,
      seconds,
      bytes: 16 + 12 * one.metrics * one.steps,
    })
    if (round > 0) raw.push(inserts)
  }
  bench.say(
    `${one.name}: ${rates.map((own) => own.map(figure).join(', ')).join(' | ')} | raw ${raw.map(figure).join(', ')}`,
  )
  const [own = [], other] = rates
  const measure = { name: `${one.name}, requests`, unit: 'requests/s', rounds: own }
  return [
    other === undefined
      ? measure
      : {
          ...{ ...measure, reference: { name: 'the other build', rounds: other } },
          ...(one.goal === undefined ? {} : { goal: { of: 'ratio', atLeast: one.goal } }),
        },
    {
      ...measure,
      name: 'the same beside raw inserts',
      reference: { name: 'a row per request', rounds: raw },
    },
  ]
}

/** Requests a second, from the first one until every point of the last one is folded and shown. */
async function sendShape(side: Side, one: Shape, seconds: number): Promise<number> {
  const { client } = side
  const runs = await startRuns(side)
  const counts = runs.map(() => 0)
  const begun = performance.now()
  const load = await closedLoop(CLIENTS, seconds, async (at) => {
    const body = one.body(at, counts[at] as number)
    await client.call({ method: 'POST', path: `/api/v1/runs/${runs[at]}/metrics`, body })
    counts[at] = (counts[at] as number) + 1
  })
  await isFolded(side)
  const rate = load.count / ((performance.now() - begun) / 1_000)
  for (const [at, run] of runs.entries()) await readBack(side, run, one, at, counts[at] as number)
  for (const run of runs)
    await client.call({ method: 'PATCH', path: `/api/v1/runs/${run}`, body: '{"status":"finished"}' })
  return rate
}

async function startRuns({ client }: Side): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const answer = await client.call({ method: 'POST', path: '/api/v1/runs', body: '{"project":"bench"}' })
      return (JSON.parse(answer) as { run: { id: string } }).run.id
    }),
  )
}

/** A build without a log has folded all. */
async function isFolded({ client }: Side): Promise<void> {
  for (;;) {
    const text = await client.call({ method: 'GET', path: '/metrics' })
    if (Number(/point_log_rows(?:\{[^}]*\})? (\d+)/.exec(text)?.[1] ?? 0) === 0) return
    await sleep(LOOK_EVERY_MS)
  }
}

interface RunRead {
  run: { metrics: Record<string, { points: number; last: number; last_step: number }> }
}

/** @throws AssertionError for a point that is missing, doubled or wrong */
async function readBack({ client }: Side, run: string, one: Shape, at: number, count: number): Promise<void> {
  const read = JSON.parse(await client.call({ method: 'GET', path: `/api/v1/runs/${run}` })) as RunRead
  equal(Object.keys(read.run.metrics).length, count === 0 ? 0 : one.metrics)
  const wanted = count * one.steps
  for (const [name, { points, last_step }] of Object.entries(read.run.metrics))
    deepEqual([name, points, last_step], [name, wanted, wanted - 1])
  if (one.name.startsWith('shuffled')) return
  const every = Math.max(1, Math.floor(one.metrics / READ_BACK))
  for (let metric = 0; metric < one.metrics; metric += every) {
    const text = await client.call({ method: 'GET', path: `/api/v1/runs/${run}/metrics/m${metric}` })
    const { points } = JSON.parse(text) as { points: { step: number; value: number }[] }
    equal(points.length, wanted)
    for (const [step, point] of points.entries())
      if (point.step !== step || point.value !== value(at, metric, step))
        throw new Error(`${run} m${metric}: step ${step}`)
  }
}

/** How far the summaries of running runs, which lists and boards read, are behind what was acknowledged. */
async function measureLag(side: Side): Promise<Measure[]> {
  const runs = await startRuns(side)
  const shape20 = SHAPES[1] as Shape
  const acknowledged = runs.map((): number[] => [])
  const lags: number[] = []
  const seen = runs.map(() => -1)
  let stopped = false
  const looking = withClient(side.url, async (client) => {
    while (!stopped) {
      const { rows } = await client.query<{ run: string; step: string }>(
        `select replace(run_id::text, '-', '') as run, max(last_step) as step from metric_summaries
         where not ended group by run_id`,
      )
      const now = performance.now()
      for (const { run, step } of rows) {
        const at = runs.indexOf(run)
        if (at < 0) continue
        for (let shown = (seen[at] as number) + 1; shown <= Number(step); shown++)
          lags.push(Math.max(0, now - (acknowledged[at]?.[shown] ?? now)))
        seen[at] = Number(step)
      }
      await sleep(LOOK_EVERY_MS)
    }
  })
  await closedLoop(CLIENTS, LAG_SECONDS, async (at, count) => {
    const path = `/api/v1/runs/${runs[at]}`
    await side.client.call({ method: 'POST', path: `${path}/metrics`, body: shape20.body(at, count) })
    acknowledged[at]?.push(performance.now())
    if (count % 10 === 0) {
      const read = JSON.parse(await side.client.call({ method: 'GET', path })) as RunRead
      equal(read.run.metrics['m0']?.last_step, count)
    }
    await sleep(LAG_PAUSE_MS)
  })
  await sleep(1_000)
  stopped = true
  await looking
  return [
    {
      name: 'a summary behind its point, p99',
      unit: 'ms',
      rounds: [percentile(lags, 0.99)],
      goal: { of: 'figure', atMost: 1_000 },
      note: 'A reader of the run itself saw each point at once.',
    },
  ]
}
