import type { PointColumns } from '../../src/points/packed-points.ts'
import type { Step } from '../../src/db/step.ts'
import { createRandom, shuffle } from '../harness/random.ts'

export const BATCH = 1_000
const BEGIN = Date.UTC(2026, 10, 24)

/** A batch as the API takes it, and what must be found of it afterwards, by metric. */
export interface Batch {
  body: string
  points: Map<string, PointColumns>
}

/** Regular steps, a second apart with milliseconds of jitter, values of all 53 bits. */
export function steadyBatch(number: number, seed: number): Batch {
  const random = createRandom(seed)
  const steps = Array.from({ length: BATCH }, (_, index) => number * BATCH + index)
  const times = steps.map((step) => BEGIN + step * 1_000 + Math.floor(random() * 50))
  const values = Float64Array.from(steps, random)
  return {
    body: JSON.stringify({ steps, times, series: { loss: Array.from(values) } }),
    points: new Map([['loss', { steps, times, values }]]),
  }
}

const METRICS = 100
const REPEATED = 100

/** The mean one: 100 metrics in a batch, their points shuffled, a tenth of them sent before. */
export function meanBatch(number: number, seed: number): Batch {
  const random = createRandom(seed)
  const perMetric = (BATCH - REPEATED) / METRICS
  const fresh = Array.from({ length: BATCH - REPEATED }, (_, index) => ({
    name: `m${index % METRICS}`,
    step: number * perMetric + Math.floor(index / METRICS),
    time: BEGIN + number * 1_000 + Math.floor(random() * 50),
    value: random(),
  }))
  const again = fresh.slice(0, REPEATED)
  const points = new Map<string, PointColumns>()
  for (const name of new Set(fresh.map((point) => point.name))) {
    const own = fresh.filter((point) => point.name === name)
    points.set(name, {
      steps: own.map(({ step }): Step => step),
      times: own.map(({ time }) => time),
      values: Float64Array.from(own, ({ value }) => value),
    })
  }
  return { body: JSON.stringify({ points: shuffle([...fresh, ...again], random) }), points }
}
