import type { PointColumns } from '../../../src/points/packed-points.ts'
import { createRandom } from '../../harness/random.ts'

const BEGIN = Date.UTC(2026, 10, 24)
export const BATCH = 500
export const GRADIENTS = 'grad_norm'

/** A training as it will go, all of it from its number. */
export interface Made {
  number: number
  project: string
  /** How many steps it takes, one call each, and after how many of them a batch comes. */
  steps: number
  batchEvery: number
  fails: boolean
}

/** What of it was sent and answered. */
export interface Sent {
  made: Made
  id: string
  /** In its project. */
  number: number
  steps: number
  batches: number
}

/** The points of one step: metrics that a team looks at, better with every training. */
export function stepValues({ number }: Made, step: number): { loss: number; accuracy: number; rate: number } {
  const random = createRandom(number * 10_007 + step)
  const learned = 1 - Math.exp(-(step + 1) / 20)
  const skill = 0.5 + 0.4 * (1 - Math.exp(-number / 2_000)) + random() * 0.05
  return { loss: 2 - learned - random() * 0.1, accuracy: skill * learned, rate: 0.1 / (step + 1) }
}

export function stepTime(step: number): number {
  return BEGIN + step * 1_000
}

export function batchColumns({ number }: Made, batch: number): PointColumns {
  const random = createRandom(number * 20_011 + batch)
  const steps = Array.from({ length: BATCH }, (_, index) => batch * BATCH + index)
  return { steps, times: steps.map(stepTime), values: Float64Array.from(steps, random) }
}

/** All points that were sent, by metric and in their order. */
export function sentPoints({ made, steps, batches }: Sent): Map<string, PointColumns> {
  const all = Array.from({ length: steps }, (_, step) => step)
  const values = all.map((step) => stepValues(made, step))
  const column = (pick: (value: ReturnType<typeof stepValues>) => number): PointColumns => ({
    steps: all,
    times: all.map(stepTime),
    values: Float64Array.from(values, pick),
  })
  const points = new Map([
    ['loss', column(({ loss }) => loss)],
    ['accuracy', column(({ accuracy }) => accuracy)],
    ['rate', column(({ rate }) => rate)],
  ])
  const gradients = Array.from({ length: batches }, (_, batch) => batchColumns(made, batch))
  if (batches > 0) points.set(GRADIENTS, joined(gradients))
  return points
}

function joined(parts: PointColumns[]): PointColumns {
  return {
    steps: parts.flatMap(({ steps }) => steps),
    times: parts.flatMap(({ times }) => times),
    values: Float64Array.from(parts.flatMap(({ values }) => [...values])),
  }
}

/** The same error twice is one message, whatever its numbers: each of ours has words of its own. */
export function errorLine({ number }: Made): string {
  const words = String(number).replace(/\d/g, (digit) => 'bdfghklmnp'[Number(digit)] ?? '')
  return `RuntimeError: no room for tensor ${words}`
}
