import { deepEqual } from 'node:assert/strict'
import type { Step } from '../../src/db/step.ts'
import { withClient } from '../../test/support/with-client.ts'
import { readStored } from './read-stored.ts'
import type { Batch } from './workload.ts'

/** Points as text, sorted: equal lists mean that none is missing, doubled or wrong. */
type Points = string[]

const line = (step: Step | string | undefined, time: number | string | undefined, value: number) =>
  `${step} ${time} ${value}`

/** Reads back what is stored of each run. @throws AssertionError with the difference */
export async function checkPoints(url: string, runs: string[], batches: Batch[][]): Promise<void> {
  await withClient(url, async (client) => {
    for (const [at, run] of runs.entries()) {
      const found = new Map<string, Points>()
      for (const [name, parts] of await readStored(client, run)) {
        const lines = parts.flatMap(({ steps, times, values }) =>
          Array.from(values, (value, index) => line(steps[index], times[index], value)),
        )
        found.set(name, lines)
      }
      compare(found, expected(batches[at] ?? []))
    }
  })
}

/** The same for a row per point. */
export async function checkRows(url: string, runs: string[], batches: Batch[][]): Promise<void> {
  await withClient(url, async (client) => {
    for (const [at, run] of runs.entries()) {
      const { rows } = await client.query<{ step: string; time: string; value: number }>(
        'select step, time, value from raw_points where run_id = $1',
        [run],
      )
      const found = new Map([['loss', rows.map(({ step, time, value }) => line(step, time, value))]])
      compare(found, expected(batches[at] ?? []))
    }
  })
}

function expected(batches: Batch[]): Map<string, Points> {
  const all = new Map<string, Points>()
  for (const { points } of batches) {
    for (const [name, { steps, times, values }] of points) {
      const own = all.get(name) ?? []
      for (const [index, value] of values.entries()) own.push(line(steps[index], times[index], value))
      all.set(name, own)
    }
  }
  return all
}

function compare(found: Map<string, Points>, wanted: Map<string, Points>): void {
  deepEqual([...found.keys()].toSorted(), [...wanted.keys()].toSorted())
  for (const [name, points] of wanted) deepEqual(found.get(name)?.toSorted(), points.toSorted())
}
