import { closedLoop, createClient } from '../../harness/load.ts'
import type { Server } from '../../harness/server.ts'
import { checkPoints } from '../check-points.ts'
import { type Batch, steadyBatch } from '../workload.ts'
import { type CpuUse, cpuDuring } from '../../harness/cpu-use.ts'

const BATCHES = 1_280
const SECONDS = 1.5

export interface Used {
  url: string
  server: number
  apis: Server[]
  clients: number
}

/** Calls a second, and milliseconds of CPU for one of them. */
export type ApiRound = CpuUse & { rate: number }

type Client = ReturnType<typeof createClient>

/** The clients share the processes out among themselves; the load is the same for any number of them. */
async function withClients<T>(
  { apis, clients: count }: Used,
  work: (client: (at: number) => Client, runs: string[]) => Promise<T>,
): Promise<T> {
  const clients = apis.map(({ url }) => createClient(url, Math.ceil(count / apis.length)))
  const of = (at: number) => clients[at % clients.length] as Client
  try {
    const runs = await Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const answer = await of(at).call({
          method: 'POST',
          path: '/api/v1/runs',
          body: '{"project":"scale"}',
        })
        return (JSON.parse(answer) as { run: { id: string } }).run.id
      }),
    )
    return await work(of, runs)
  } finally {
    for (const client of clients) await client.close()
  }
}

function perCall({ api, postgres, client }: CpuUse, calls: number, seconds: number): ApiRound {
  return {
    rate: calls / seconds,
    api: api / calls,
    postgres: postgres / calls,
    client: client / calls,
  }
}

/** Batches of 1,000 points. @throws AssertionError when a point is missing, doubled or wrong */
export async function batchRound(used: Used, round: number): Promise<ApiRound> {
  const each = BATCHES / used.clients
  const batches = Array.from({ length: each }, (_, number) => steadyBatch(number, round * BATCHES + number))
  return await withClients(used, async (client, runs) => {
    let seconds = 0
    const cpu = await cpuDuring(used, async () => {
      const begun = performance.now()
      await Promise.all(
        runs.map(async (run, at) => {
          const path = `/api/v1/runs/${run}/metrics`
          for (const { body } of batches) await client(at).call({ method: 'POST', path, body })
        }),
      )
      seconds = (performance.now() - begun) / 1_000
    })
    await checkPoints(
      used.url,
      runs,
      runs.map(() => batches),
    )
    return perCall(cpu, BATCHES, seconds)
  })
}

/** A point a call. @throws AssertionError as above */
export async function pointRound(used: Used, round: number): Promise<ApiRound> {
  return await withClients(used, async (client, runs) => {
    const sent: Batch[][] = runs.map(() => [])
    let load = { count: 0, seconds: 0 }
    const cpu = await cpuDuring(used, async () => {
      load = await closedLoop(used.clients, SECONDS, async (at, step) => {
        const [value, time] = [at + round + step / 3, 1_764_000_000_000 + step * 997]
        const body = `{"points":[{"name":"loss","value":${value},"step":${step},"time":${time}}]}`
        await client(at).call({ method: 'POST', path: `/api/v1/runs/${runs[at]}/metrics`, body })
        const columns = { steps: [step], times: [time], values: Float64Array.of(value) }
        sent[at]?.push({ body: '', points: new Map([['loss', columns]]) })
      })
    })
    await checkPoints(used.url, runs, sent)
    return perCall(cpu, load.count, load.seconds)
  })
}
