import type { Direction } from '../../../db/tables.ts'
import { bestValue, comparison } from '../../values/better.ts'
import type { Difference } from '../inputs/differences.ts'
import type { MetricView, RunView } from '../types.ts'

export interface MetricDifference extends Difference<number> {
  /** Null while no direction is set, and where projects do not agree. */
  direction: Direction | null
  unit: string | null
  /** Each run against the first, in words; null for the first and where one has no finite value. */
  verdicts: (string | null)[]
  /** Which runs have the best value, by their places; none without a direction, or when only one run has the metric. */
  best: number[]
}

/**
 * The metrics whose values are not the same in all runs: those that the project is about first, then those that have
 * a direction.
 * @param primary names of the metrics that the project is about, in their order
 */
export function metricDifferences(runs: RunView[], primary: string[]): MetricDifference[] {
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))]
  const place = (name: string) => (primary.includes(name) ? primary.indexOf(name) : primary.length)
  return names
    .flatMap(
      (name) =>
        difference(
          name,
          runs.map(({ metrics }) => metrics[name]),
        ) ?? [],
    )
    .toSorted(
      (a, b) =>
        place(a.name) - place(b.name) ||
        Number(a.direction === null) - Number(b.direction === null) ||
        (a.name < b.name ? -1 : 1),
    )
}

function difference(name: string, views: (MetricView | undefined)[]): MetricDifference | undefined {
  const values = views.map((view) => view?.value ?? null)
  if (new Set(values).size === 1 && !views.includes(undefined)) return undefined
  const direction = shared(views, (view) => view.direction)
  const [first] = values
  const verdicts = values.map((value, index) =>
    index === 0 || value === null || first == null ? null : comparison(first, value, direction),
  )
  return {
    name,
    values,
    direction,
    unit: shared(views, (view) => view.unit),
    verdicts,
    best: bestOf(views, direction),
  }
}

/** What all that have the metric say, null where they differ. */
function shared<T>(views: (MetricView | undefined)[], read: (view: MetricView) => T): T | null {
  const told = new Set(views.filter((view) => view !== undefined).map(read))
  return told.size === 1 ? ([...told][0] ?? null) : null
}

/** A run that diverged loses to every finite value; one without the metric does not take part. */
function bestOf(views: (MetricView | undefined)[], direction: Direction | null): number[] {
  const taking = views.filter((view) => view !== undefined)
  const finite = taking.flatMap(({ value }) => (value === null ? [] : [value]))
  if (direction === null || taking.length < 2 || finite.length === 0) return []
  const best = bestValue(finite, direction)
  return views.flatMap((view, index) => (view?.value === best ? [index] : []))
}
