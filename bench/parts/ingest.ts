import { deepEqual } from 'node:assert/strict'
import type { Bench, Measure, Part } from '../harness/measure.ts'
import { startPostgres, withClient } from '../harness/database.ts'
import { closedLoop, createClient } from '../harness/load.ts'
import { startServer } from '../harness/server.ts'

const CLIENTS = 8
const BATCH = 1_000

export const ingest: Part = {
  name: 'ingest',
  summary: 'points over HTTP beside the same points written straight into PostgreSQL',
  run: async (bench) => {
    const postgres = await startPostgres(bench, 'postgres')
    const url = await postgres.createDatabase('ingest')
    const server = await startServer(bench, { DATABASE_URL: url })
    const client = createClient(server.url, CLIENTS)
    const out: Measure[] = []
    const ids = await Promise.all(
      Array.from(
        { length: CLIENTS },
        async (_, i) =>
          JSON.parse(
            await client.call({
              method: 'POST',
              path: '/api/v1/runs',
              body: JSON.stringify({ project: 'bench', name: `r${i}` }),
            }),
          ).run.id as string,
      ),
    )
    const single = await closedLoop(CLIENTS, 5, (i, k) =>
      client.call({
        method: 'POST',
        path: `/api/v1/runs/${ids[i]}/metrics`,
        body: JSON.stringify({ points: [{ name: 'loss', value: Math.random(), step: k, time: Date.now() }] }),
      }),
    )
    out.push({ name: 'single', unit: '/s', rounds: [single.rate] })
    const bodies = ids.map(() =>
      Array.from({ length: 400 }, (_, k) =>
        JSON.stringify({
          steps: Array.from({ length: BATCH }, (_, j) => k * BATCH + j),
          times: Array.from(
            { length: BATCH },
            (_, j) => 1764000000000 + k * BATCH * 1000 + j * 1000 + Math.floor(Math.random() * 20),
          ),
          series: { acc: Array.from({ length: BATCH }, () => Math.random()) },
        }),
      ),
    )
    const batch = await closedLoop(CLIENTS, 4, (i, k) =>
      client.call({ method: 'POST', path: `/api/v1/runs/${ids[i]}/metrics`, body: bodies[i]![k]! }),
    )
    out.push({ name: 'batch', unit: '/s', rounds: [batch.rate] })
    const runs = await closedLoop(CLIENTS, 5, (i, k) =>
      client.call({
        method: 'POST',
        path: `/api/v1/runs`,
        body: JSON.stringify({
          project: 'bench',
          status: 'finished',
          params: { lr: Math.random(), a: i, b: k, c: 'x', d: true },
          metrics: { accuracy: Math.random() },
        }),
      }),
    )
    out.push({ name: 'runs', unit: '/s', rounds: [runs.rate] })
    void deepEqual
    void withClient
    await client.close()
    return out
  },
}
