import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { withClient } from '../../../test/support/with-client.ts'
import type { createClient } from '../../harness/load.ts'
import type { Bench, Measure } from '../../harness/measure.ts'
import { figure } from '../../harness/table.ts'

const STEPS = 1_000
const METRICS = [1, 100]
const LOOK_EVERY_MS = 50

interface Side {
  name: string
  url: string
  client: ReturnType<typeof createClient>
}

/**
 * What a point takes in a run that is logged step by step and folded after each, as one with a step every ten seconds
 * is, while it runs and once it has ended: everything below points, after a vacuum.
 */
export async function sizesPerPoint(bench: Bench, sides: Side[]): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const metrics of METRICS) {
    const sizes: { running: number; ended: number }[] = []
    for (const side of sides) sizes.push(await sizesOf(side, metrics))
    bench.say(
      `${metrics} metrics: ${sizes.map((one) => `${figure(one.running)} then ${figure(one.ended)}`).join(' | ')}`,
    )
    for (const state of ['running', 'ended'] as const) {
      const [own, other] = sizes
      measures.push({
        name: `a point of ${metrics} metrics at a step, ${state} run`,
        unit: 'bytes/point',
        rounds: [own?.[state] ?? Number.NaN],
        ...(other === undefined
          ? {}
          : {
              reference: { name: 'the other build', rounds: [other[state]] },
              goal: { of: 'ratio' as const, atMost: 1 },
            }),
      })
    }
  }
  return measures
}

async function sizesOf({ url, client }: Side, metrics: number): Promise<{ running: number; ended: number }> {
  const started = await client.call({ method: 'POST', path: '/api/v1/runs', body: '{"project":"sizes"}' })
  const { id } = (JSON.parse(started) as { run: { id: string } }).run
  return await withClient(url, async (database) => {
    await compacted(database)
    const before = await sizeOf(database)
    for (let step = 0; step < STEPS; step++) {
      const series: Record<string, number[]> = {}
      for (let metric = 0; metric < metrics; metric++)
        series[`m${metric}`] = [Math.sin(step * metrics + metric)]
      const time = Date.UTC(2026, 10, 24) + step * 10_000 + ((step * 7_919) % 50)
      const body = JSON.stringify({ steps: [step], times: [time], series })
      await client.call({ method: 'POST', path: `/api/v1/runs/${id}/metrics`, body })
      // A reader of the run folds it.
      await client.call({ method: 'GET', path: `/api/v1/runs/${id}` })
    }
    const perPoint = async () => ((await sizeOf(database)) - before) / (STEPS * metrics)
    const running = await perPoint()
    await client.call({ method: 'PATCH', path: `/api/v1/runs/${id}`, body: '{"status":"finished"}' })
    await compacted(database)
    return { running, ended: await perPoint() }
  })
}

async function compacted(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ open: number }>('select count(*)::int as open from compactions')
    if (rows[0]?.open === 0) return
    await sleep(LOOK_EVERY_MS)
  }
}

async function sizeOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ name: string }>(
    `select relid::regclass::text as name from pg_stat_user_tables where schemaname = 'public'
     and (relname like 'metric\\_%' or relname like 'point\\_%' or relname like 'fold\\_%')`,
  )
  for (const { name } of rows) await client.query(`vacuum full ${name}`)
  const sizes = await client.query<{ size: string }>(
    'select sum(pg_total_relation_size(name::regclass)) as size from unnest($1::text[]) as stored(name)',
    [rows.map(({ name }) => name)],
  )
  return Number(sizes.rows[0]?.size)
}
