import type { Step } from '../db/step.ts'
import { type Given, joinValues, type Series } from './blocks.ts'
import type { Part } from './summary.ts'

/**
 * Points that follow each other, by metric: each metric comes once, and several times only where points with steps,
 * without and numbered ones follow each other. Metrics that were logged together still share their columns.
 * @param series in the order of their arrival
 */
export function joinSeries(series: Series[]): Series[] {
  const columns = shareColumns()
  return [...Map.groupBy(series, ({ metricId }) => metricId).values()].flatMap((own) =>
    neighbours(own).map((parts) => joinAll(parts, columns)),
  )
}

function neighbours(series: Series[]): Series[][] {
  const groups: Series[][] = []
  for (const one of series) {
    const group = groups.at(-1)
    if (group !== undefined && kindOf(group[0] as Series) === kindOf(one)) group.push(one)
    else groups.push([one])
  }
  return groups
}

function kindOf({ steps, numbered }: Series): string {
  return steps === null ? 'without' : numbered ? 'numbered' : 'with'
}

type Columns = Pick<Series, 'steps' | 'times' | 'given'>

function joinAll(parts: Series[], columns: (parts: Series[]) => Columns): Series {
  const [first] = parts as [Series]
  if (parts.length === 1) return first
  return { ...first, ...columns(parts), values: joinValues(parts.map(({ values }) => values)) }
}

/** Joins the columns of several metrics once where their parts share them. */
function shareColumns(): (parts: Series[]) => Columns {
  const known = new Map<unknown, { parts: Series[]; joined: Columns }>()
  return (parts) => {
    const key = parts[0]?.times
    const former = known.get(key)
    if (former !== undefined && shares(former.parts, parts)) return former.joined
    const joined = joinColumns(parts)
    known.set(key, { parts, joined })
    return joined
  }
}

function shares(a: Series[], b: Series[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (one, at) => one.times === b[at]?.times && one.steps === b[at]?.steps && one.given === b[at]?.given,
    )
  )
}

function joinColumns(parts: Series[]): Columns {
  const times: number[] = []
  const steps: Step[] | null = parts[0]?.steps === null ? null : []
  for (const part of parts) {
    for (const time of part.times) times.push(time)
    if (part.steps !== null) for (const step of part.steps) steps?.push(step)
  }
  return { steps, times, given: joinGiven(parts) }
}

function joinGiven(parts: Series[]): Given {
  const [first] = parts as [Series]
  if (!Array.isArray(first.given) && parts.every(({ given }) => given === first.given)) return first.given
  return parts.flatMap(({ given, times }) => (Array.isArray(given) ? given : times.map(() => given)))
}

/** Stored points: their steps are known. */
export function partOf({ steps, times, values, numbered }: Series): Part {
  return { points: { steps: steps as Step[], times, values }, stepped: !numbered }
}

/** Points as they are stored. */
export function seriesOf(metricId: number, { points, stepped }: Part): Series {
  return { metricId, ...points, given: false, numbered: !stepped }
}
