import { cpuLedger, postgresOf } from '../harness/cpu-use.ts'
import { createClient } from '../harness/load.ts'
import { startPostgres } from '../harness/database.ts'
import { withClient } from '../../test/support/with-client.ts'
import type { Measure, Part } from '../harness/measure.ts'
import { startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'
import { checkRuns, type RunSent } from './check-runs.ts'
import { rawRuns } from './raw-runs.ts'
import { bodyOf, type RunMade, someRun } from './run-workload.ts'

const ROUNDS = 3
const RUNS = 2_000
const CLIENTS = [8, 32]

export const runs: Part = {
  name: 'runs',
  summary:
    'Runs with 5 params and a metric that has a direction, all of one project, started and finished over HTTP with the record decided, beside the same rows written straight into PostgreSQL, a transaction per run',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const url = await postgres.createDatabase('runs')
    const server = await startServer(bench, { DATABASE_URL: url })
    const sides = { server: await postgresOf(url), apis: [server] }
    const costs = new Map<string, Ledger>()
    const costOf = (name: string): Ledger => {
      const cost = costs.get(name) ?? cpuLedger(sides)
      costs.set(name, cost)
      return cost
    }
    const rates = new Map<string, number[]>()
    for (let round = 0; round <= ROUNDS; round++) {
      const now = new Map<string, number>()
      for (const clients of CLIENTS) {
        const client = createClient(server.url, clients)
        const made = (kind: string) => make(`${kind}-${clients}-${round}`, round)
        now.set(`raw ${clients}`, await rawRuns(url, clients, made('raw')))
        const two = { runs: made('two'), write: startAndFinish, cost: costOf(`two ${clients}`) }
        now.set(`two ${clients}`, await load(client, url, clients, two))
        const one = { runs: made('one'), write: recordFinished, cost: costOf(`one ${clients}`) }
        now.set(`one ${clients}`, await load(client, url, clients, one))
        await client.close()
      }
      // What PostgreSQL and our own job do within the first minute; until then plans are those for empty tables.
      if (round === 0) await withClient(url, async (database) => void (await database.query('analyze')))
      bench.say(`round ${round} of ${ROUNDS}${round === 0 ? ', to warm up' : ''}: ${describe(now)}`)
      if (round > 0) for (const [name, rate] of now) rates.set(name, [...(rates.get(name) ?? []), rate])
    }
    return CLIENTS.flatMap((clients) =>
      measures(
        clients,
        (kind) => rates.get(`${kind} ${clients}`) ?? [],
        (kind) => costOf(`${kind} ${clients}`).sentence(),
      ),
    )
  },
}

function describe(rates: Map<string, number>): string {
  return [...rates].map(([name, rate]) => `${name} ${figure(rate)}`).join(', ')
}

function measures(
  clients: number,
  of: (kind: string) => number[],
  cost: (kind: string) => string,
): Measure[] {
  const reference = { name: 'raw inserts, a transaction per run', rounds: of('raw') }
  const goal = { of: 'figure', atLeast: 1_000 } as const
  return [
    {
      name: `start with 5 params, then finish, ${clients} clients`,
      unit: 'runs/s',
      rounds: of('two'),
      reference,
      goal,
      note: `Two requests, and each is answered after its commit. ${cost('two')}`,
    },
    {
      name: `a finished run in one call, ${clients} clients`,
      unit: 'runs/s',
      rounds: of('one'),
      reference,
      goal,
      note: cost('one'),
    },
  ]
}

/** Made before the clock starts. */
function make(project: string, round: number): RunMade[] {
  return Array.from({ length: RUNS }, (_, index) => someRun(project, index, round * RUNS + index))
}

type Client = ReturnType<typeof createClient>
type Ledger = ReturnType<typeof cpuLedger>
type Write = (client: Client, run: RunMade) => Promise<Pick<RunSent, 'id' | 'records' | 'finishSentAt'>>

/** Each client takes the next run when its last one was answered. @returns runs a second */
async function load(
  client: Client,
  url: string,
  clients: number,
  { runs: all, write, cost }: { runs: RunMade[]; write: Write; cost: Ledger },
): Promise<number> {
  const sent: RunSent[] = []
  let rate = 0
  await cost.during(async () => {
    let next = 0
    const begun = performance.now()
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let run = all[next++]; run !== undefined; run = all[next++]) {
          const answer = await write(client, run)
          sent.push({ ...answer, run, answeredAt: performance.now() })
        }
      }),
    )
    rate = all.length / ((performance.now() - begun) / 1_000)
    return all.length
  })
  await checkRuns(url, sent)
  return rate
}

interface Answer {
  run: { id: string }
  records: RunSent['records']
}

async function startAndFinish(client: Client, run: RunMade) {
  const start = await client.call({ method: 'POST', path: '/api/v1/runs', body: bodyOf(run) })
  const { id } = (JSON.parse(start) as Answer).run
  const body = JSON.stringify({ status: 'finished', metrics: { accuracy: run.accuracy } })
  const finishSentAt = performance.now()
  const end = await client.call({ method: 'PATCH', path: `/api/v1/runs/${id}`, body })
  return { id, records: (JSON.parse(end) as Answer).records, finishSentAt }
}

async function recordFinished(client: Client, run: RunMade) {
  const body = bodyOf(run, { status: 'finished', metrics: { accuracy: run.accuracy } })
  const finishSentAt = performance.now()
  const answer = await client.call({ method: 'POST', path: '/api/v1/runs', body })
  const { run: made, records } = JSON.parse(answer) as Answer
  return { id: made.id, records, finishSentAt }
}
