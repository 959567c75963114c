import { deepEqual, equal, ok } from 'node:assert/strict'
import type { PointColumns } from '../../../src/points/packed-points.ts'
import type { createClient } from '../../harness/load.ts'
import { BATCH, steadyBatch } from '../workload.ts'

type Client = ReturnType<typeof createClient>

export interface Curve {
  path: string
  points: { steps: number[]; times: number[]; values: number[] }
}

/** A run with so many points of one metric, sent as a training script sends them, a thousand at a time. */
export async function recordCurve(client: Client, count: number): Promise<Curve> {
  const { run } = JSON.parse(
    await client.call({ method: 'POST', path: '/api/v1/runs', body: '{"project":"curves"}' }),
  ) as { run: { id: string } }
  const points: Curve['points'] = { steps: [], times: [], values: [] }
  for (let number = 0; number < count / BATCH; number++) {
    const batch = steadyBatch(number, number)
    await client.call({ method: 'POST', path: `/api/v1/runs/${run.id}/metrics`, body: batch.body })
    const { steps, times, values } = batch.points.get('loss') as PointColumns
    for (const [index, value] of values.entries()) {
      points.steps.push(Number(steps[index]))
      points.times.push(times[index] as number)
      points.values.push(value)
    }
  }
  await client.call({ method: 'PATCH', path: `/api/v1/runs/${run.id}`, body: '{"status":"finished"}' })
  return { path: `/api/v1/runs/${run.id}/metrics/loss`, points }
}

interface Answer {
  count: number
  points: { step: number; value: number; time: string }[]
}

/** @returns milliseconds @throws AssertionError unless every point came, in order and to the bit */
export async function readAll(client: Client, { path, points }: Curve): Promise<number> {
  const { took, answer } = await read(client, path)
  equal(answer.count, points.values.length)
  deepEqual(columns(answer), points)
  return took
}

/** @throws AssertionError unless the ends, the lowest and the highest point of each tenth and only points of the curve came */
export async function readThinned(client: Client, { path, points }: Curve, max: number): Promise<number> {
  const { took, answer } = await read(client, `${path}?max=${max}`)
  const count = points.values.length
  equal(answer.count, count)
  ok(answer.points.length <= max && answer.points.length > max / 2, `${answer.points.length} points`)
  const { steps, times, values } = columns(answer)
  deepEqual(
    times,
    steps.map((step) => points.times[step]),
  )
  deepEqual(
    values,
    steps.map((step) => points.values[step]),
  )
  deepEqual([steps[0], steps.at(-1)], [0, count - 1])
  const shown = new Set(steps)
  for (let tenth = 0; tenth < 10; tenth++) {
    const [from, to] = [(tenth * count) / 10, ((tenth + 1) * count) / 10]
    let [low, high] = [from, from]
    for (let at = from; at < to; at++) {
      if ((points.values[at] as number) < (points.values[low] as number)) low = at
      if ((points.values[at] as number) > (points.values[high] as number)) high = at
    }
    ok(shown.has(low) && shown.has(high), `the extremes of the ${tenth + 1}th tenth, ${low} and ${high}`)
  }
  return took
}

async function read(client: Client, path: string): Promise<{ took: number; answer: Answer }> {
  const begun = performance.now()
  const text = await client.call({ method: 'GET', path })
  return { took: performance.now() - begun, answer: JSON.parse(text) as Answer }
}

function columns({ points }: Answer): Curve['points'] {
  return {
    steps: points.map(({ step }) => step),
    times: points.map(({ time }) => Date.parse(time)),
    values: points.map(({ value }) => value),
  }
}
