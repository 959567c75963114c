import { createHash } from 'node:crypto'
import type { Chart } from '../messages/chart.ts'

/** Rises whenever the same data are drawn otherwise, so that no picture of an earlier release is taken for it. */
const LOOK = 1

const known = new WeakMap<Chart, string>()

/** The name of a chart's picture: the same for the same data in any order of fields. */
export function chartHash(chart: Chart): string {
  const before = known.get(chart)
  if (before !== undefined) return before
  const hash = createHash('sha256')
    .update(`${LOOK} ${JSON.stringify(chart, inOrder)}`)
    .digest('hex')
  known.set(chart, hash)
  return hash
}

/** The database gives fields back in an order of its own. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
