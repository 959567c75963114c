import { deepEqual, equal, ok } from 'node:assert/strict'
import type { LineChart } from '../../../src/messages/chart.ts'
import type { Block } from '../../../src/messages/model.ts'
import type { createClient } from '../../harness/load.ts'
import { BATCH, steadyBatch } from '../workload.ts'
import type { Ask } from './searches.ts'

type Client = ReturnType<typeof createClient>

const RUNS = 5
const POINTS = 10_000
/** A message holds a thousand points of all its curves. */
const SHOWN = 1_000 / RUNS
/** Curves are rounded to what can be seen. */
const ROUNDED = 1e-4

interface Answer {
  data: {
    metrics: { name: string; values: number[] }[]
    params: { name: string; values: string[] }[]
  }
  message: { blocks: Block[] }
}

/** Five runs of 10,000 points, sent as training scripts send them, and what comparing them must tell. */
export async function recordComparison(client: Client): Promise<Ask> {
  const curves: { ref: string; lr: number; losses: number[] }[] = []
  for (let run = 0; run < RUNS; run++) curves.push(await recordRun(client, run))
  const path = `/api/v1/ask?q=${encodeURIComponent(`compare ${curves.map(({ ref }) => ref).join(' ')}`)}`
  return async () => {
    const begun = performance.now()
    const text = await client.call({ method: 'GET', path })
    const took = performance.now() - begun
    check(JSON.parse(text) as Answer, curves)
    return took
  }
}

async function recordRun(client: Client, index: number) {
  const lr = (index + 1) / 1_000
  const post = async (method: 'POST' | 'PATCH', path: string, body: string) =>
    JSON.parse(await client.call({ method, path: `/api/v1/runs${path}`, body })) as {
      run: { id: string; ref: string }
    }
  const { run } = await post('POST', '', JSON.stringify({ project: 'curves', params: { lr, layers: 4 } }))
  const losses: number[] = []
  for (let number = 0; number < POINTS / BATCH; number++) {
    const batch = steadyBatch(number, index * POINTS + number)
    await post('POST', `/${run.id}/metrics`, batch.body)
    losses.push(...(batch.points.get('loss')?.values ?? []))
  }
  await post('PATCH', `/${run.id}`, '{"status":"finished"}')
  return { ref: run.ref, lr, losses }
}

function check({ data, message }: Answer, curves: { lr: number; losses: number[] }[]): void {
  const told = data.metrics.find(({ name }) => name === 'loss')
  deepEqual(
    told?.values,
    curves.map(({ losses }) => Math.min(...losses)),
  )
  deepEqual(
    data.params.map(({ name, values }) => [name, values.map(Number)]),
    [['lr', curves.map(({ lr }) => lr)]],
  )
  const chart = message.blocks.find((block) => block.type === 'chart')?.chart as LineChart
  equal(chart.series.length, RUNS)
  for (const [run, { losses }] of curves.entries()) checkCurve(chart.series[run], losses)
}

/** @throws AssertionError unless all points lie on the curve, with its ends, its lowest and its highest point */
function checkCurve(series: LineChart['series'][number] | undefined, losses: number[]): void {
  const { x, y } = series ?? { x: [], y: [] }
  ok(x.length <= SHOWN && x.length > SHOWN / 2, `${x.length} points`)
  for (const [at, step] of x.entries())
    ok(Math.abs((y[at] ?? Number.NaN) - (losses[step] ?? Number.NaN)) < ROUNDED, `step ${step}`)
  const steps = new Set(x)
  const ends = [0, POINTS - 1, losses.indexOf(Math.min(...losses)), losses.indexOf(Math.max(...losses))]
  deepEqual(
    ends.filter((step) => !steps.has(step)),
    [],
    'the ends and extremes',
  )
}
