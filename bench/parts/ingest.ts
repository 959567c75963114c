import { cpuLedger, postgresOf } from '../harness/cpu-use.ts'
import { startPostgres } from '../harness/database.ts'
import { withClient } from '../../test/support/with-client.ts'
import { closedLoop, createClient } from '../harness/load.ts'
import { type Measure, median, type Part, percentile } from '../harness/measure.ts'
import { startBareServer, startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'
import { checkPoints, checkRows } from './check-points.ts'
import { createRawTables, rawChunks, rawRows, rawSingles } from './raw-postgres.ts'
import { type Batch, meanBatch, steadyBatch } from './workload.ts'

export const CLIENTS = 8
const ROUNDS = 3
/** Long enough that what the compiler and the collector do now and then comes in each round alike. */
const BATCHES = 300
const MEAN_BATCHES = 30
const ROW_BATCHES = 30
const SECONDS = 3
/** What a server that runs for days has long done: its compiler takes so long to come to rest. */
const WARM_UP_SECONDS = 12

export const ingest: Part = {
  name: 'ingest',
  summary:
    'Points over HTTP, each answered after its commit, beside the same points written straight into PostgreSQL',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const url = await postgres.createDatabase('ingest')
    await withClient(url, createRawTables)
    const server = await startServer(bench, { DATABASE_URL: url })
    const client = createClient(server.url, CLIENTS)
    const sides = { server: await postgresOf(url), apis: [server] }
    const cost = { batch: cpuLedger(sides), single: cpuLedger(sides) }
    const bare = createClient((await startBareServer(bench)).url, CLIENTS)
    const rates = {
      rows: [],
      chunks: [],
      steady: [],
      mean: [],
      single: [],
      singleMs: [],
      bareSteady: [],
      bareSingle: [],
      rawSingle: [],
    } as Record<string, number[]>
    for (let round = 0; round <= ROUNDS; round++) {
      const seconds = round === 0 ? WARM_UP_SECONDS : SECONDS
      const steady = make(BATCHES, round, steadyBatch)
      const mean = make(MEAN_BATCHES, round, meanBatch)
      const now: Record<string, number> = {
        rows: await rowBatches(url, steady),
        chunks: await chunkBatches(url, steady),
        steady: await httpBatches(client, url, steady, cost.batch),
        bareSteady: await bareBatches(bare, steady),
        mean: await httpBatches(client, url, mean, cpuLedger(sides)),
        rawSingle: await singles(url, round, seconds),
        ...(await httpSingles(client, url, { round, seconds }, round === 0 ? cpuLedger(sides) : cost.single)),
        bareSingle: await bareSingles(bare),
      }
      bench.say(`round ${round} of ${ROUNDS}${round === 0 ? ', to warm up' : ''}: ${describe(now)}`)
      if (round > 0) for (const [name, rate] of Object.entries(now)) rates[name]?.push(rate)
    }
    await client.close()
    await bare.close()
    return measures(rates, { batch: cost.batch.sentence(), single: cost.single.sentence() })
  },
}

function describe(rates: Record<string, number>): string {
  return Object.entries(rates)
    .map(([name, rate]) => `${name} ${figure(rate)}`)
    .join(', ')
}

function measures(rates: Record<string, number[]>, cost: { batch: string; single: string }): Measure[] {
  const of = (name: string) => rates[name] ?? []
  const chunks = { name: 'raw (b), packed rows', rounds: of('chunks') }
  // The machine's cores do one after the other what HTTP and PostgreSQL each cost.
  const bound = (http: string, raw: string) => {
    const [exchange, insert] = [median(of(http)), median(of(raw))]
    const both = 1 / (1 / exchange + 1 / insert)
    return `HTTP alone and the raw inserts each fill this machine; one after the other they allow ${figure(both)}/s, a ratio of ${figure(both / insert)}.`
  }
  return [
    {
      name: 'batches of 1,000 points over HTTP',
      unit: 'batches/s',
      rounds: of('steady'),
      reference: chunks,
      goal: { of: 'ratio', atLeast: 0.5 },
      note: cost.batch,
    },
    {
      name: 'the same beside HTTP alone',
      unit: 'batches/s',
      rounds: of('steady'),
      reference: { name: 'parsed and answered, nothing stored', rounds: of('bareSteady') },
      note: bound('bareSteady', 'chunks'),
    },
    {
      name: 'the same beside row-per-point',
      unit: 'batches/s',
      rounds: of('steady'),
      reference: { name: 'raw (a), a row per point', rounds: of('rows') },
    },
    {
      name: 'mean batches: shuffled, 100 metrics, repeats',
      unit: 'batches/s',
      rounds: of('mean'),
      reference: chunks,
    },
    {
      name: 'points one by one, 8 clients',
      unit: 'points/s',
      rounds: of('single'),
      reference: { name: 'raw single-row inserts', rounds: of('rawSingle') },
      goal: { of: 'ratio', atLeast: 0.5 },
      note: `A raw insert is one exchange with PostgreSQL; here each point is one over HTTP besides, whose system calls are most of what the server does. ${cost.single}`,
    },
    {
      name: 'the same beside HTTP alone',
      unit: 'points/s',
      rounds: of('single'),
      reference: { name: 'parsed and answered, nothing stored', rounds: of('bareSingle') },
      note: bound('bareSingle', 'rawSingle'),
    },
    { name: 'one of these points, p95', unit: 'ms', rounds: of('singleMs') },
  ]
}

async function rowBatches(url: string, steady: Batch[][]): Promise<number> {
  const batches = steady.map((own) => own.slice(0, ROW_BATCHES))
  const { rate, runs } = await rawRows(url, batches)
  await checkRows(url, runs, batches)
  return rate
}

async function chunkBatches(url: string, batches: Batch[][]): Promise<number> {
  const { rate, runs } = await rawChunks(url, batches)
  await checkPoints(url, runs, batches)
  return rate
}

async function singles(url: string, round: number, seconds: number): Promise<number> {
  const { rate, runs, sent } = await rawSingles(url, seconds, round)
  await checkRows(url, runs, sent)
  return rate
}

type Client = ReturnType<typeof createClient>
type Ledger = ReturnType<typeof cpuLedger>

async function httpBatches(client: Client, url: string, batches: Batch[][], cost: Ledger): Promise<number> {
  const count = batches.flat().length
  const bodies = bytesOf(batches)
  const runs = await startRuns(client)
  let rate = 0
  await cost.during(async () => {
    const begun = performance.now()
    await Promise.all(
      runs.map(async (run, at) => {
        for (const body of bodies[at] ?? [])
          await client.call({ method: 'POST', path: `/api/v1/runs/${run}/metrics`, body })
      }),
    )
    rate = count / ((performance.now() - begun) / 1_000)
    return count
  })
  await checkPoints(url, runs, batches)
  return rate
}

async function httpSingles(
  client: Client,
  url: string,
  { round, seconds }: { round: number; seconds: number },
  cost: Ledger,
): Promise<{ single: number; singleMs: number }> {
  const runs = await startRuns(client)
  const sent: Batch[][] = runs.map(() => [])
  const told = { single: 0, singleMs: 0 }
  await cost.during(async () => {
    const load = await closedLoop(CLIENTS, seconds, async (at, step) => {
      const point = { value: at + round + step / 3, time: 1_764_000_000_000 + step * 997 }
      const columns = { steps: [step], times: [point.time], values: Float64Array.of(point.value) }
      const body = `{"points":[{"name":"loss","value":${point.value},"step":${step},"time":${point.time}}]}`
      await client.call({ method: 'POST', path: `/api/v1/runs/${runs[at]}/metrics`, body })
      sent[at]?.push({ body: '', points: new Map([['loss', columns]]) })
    })
    Object.assign(told, { single: load.rate, singleMs: percentile(load.latencies, 0.95) })
    return load.count
  })
  await checkPoints(url, runs, sent)
  return told
}

async function bareBatches(client: Client, batches: Batch[][]): Promise<number> {
  const bodies = bytesOf(batches)
  const begun = performance.now()
  await Promise.all(
    bodies.map(async (own) => {
      for (const body of own) await client.call({ method: 'POST', path: '/api/v1/runs/1/metrics', body })
    }),
  )
  return batches.flat().length / ((performance.now() - begun) / 1_000)
}

async function bareSingles(client: Client): Promise<number> {
  const load = await closedLoop(CLIENTS, SECONDS, async (at, step) => {
    const body = `{"points":[{"name":"loss","value":${at + step / 3},"step":${step},"time":${1_764_000_000_000 + step * 997}}]}`
    await client.call({ method: 'POST', path: '/api/v1/runs/1/metrics', body })
  })
  return load.rate
}

async function startRuns(client: Client): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const answer = await client.call({ method: 'POST', path: '/api/v1/runs', body: '{"project":"bench"}' })
      return (JSON.parse(answer) as { run: { id: string } }).run.id
    }),
  )
}

/** As they are sent: what encodes them is not what is measured either. */
function bytesOf(batches: Batch[][]): Buffer[][] {
  return batches.map((own) => own.map(({ body }) => Buffer.from(body)))
}

/** Made before the clock starts: the client's own work is not what is measured. */
function make(count: number, round: number, shape: (number: number, seed: number) => Batch): Batch[][] {
  return Array.from({ length: CLIENTS }, (_, client) =>
    Array.from({ length: count }, (_batch, number) =>
      shape(number, (round * CLIENTS + client) * 1_000 + number),
    ),
  )
}
