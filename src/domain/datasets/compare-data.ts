import { cut } from '../../messages/build.ts'

export interface DataVersion {
  name: string
  version: string
}

/** A data set and its version in each of some runs, null where a run did not tell it. */
export interface DataDifference {
  name: string
  values: (string | null)[]
}

const NAMED = 3

/** The data sets whose versions are not the same in all runs, by name. */
export function dataDifferences(runs: DataVersion[][]): DataDifference[] {
  const own = runs.map(byName)
  const names = [...new Set(own.flatMap((versions) => [...versions.keys()]))].toSorted()
  return names
    .map((name) => ({ name, values: own.map((versions) => versions.get(name) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1)
}

/**
 * Whether values of these runs measure the same: no data set has two versions, and no two runs tell data of wholly
 * different names. A run that told no data is given the benefit of the doubt.
 */
export function areComparable(runs: DataVersion[][]): boolean {
  const told = runs.map(byName).filter(({ size }) => size > 0)
  return told.every((one, index) =>
    told.slice(index + 1).every((other) => {
      const shared = [...one.keys()].filter((name) => other.has(name))
      return shared.length > 0 && shared.every((name) => one.get(name) === other.get(name))
    }),
  )
}

/** Several versions under one name are one text. */
function byName(data: DataVersion[]): Map<string, string> {
  const groups = Map.groupBy(data, ({ name }) => name)
  return new Map(
    [...groups].map(([name, parts]) => [
      name,
      [...new Set(parts.map(({ version }) => version))].toSorted().join(', '),
    ]),
  )
}

/** 'train.csv a1b2 → c3d4; val.csv 77b0 → not recorded' */
export function dataWords(differences: DataDifference[]): string {
  const shown = differences.slice(0, NAMED).map(({ name, values }) => {
    const steps = values.filter((value, index) => index === 0 || value !== values[index - 1])
    return `${cut(name, 60)} ${steps.map((value) => (value === null ? 'not recorded' : shortVersion(value))).join(' → ')}`
  })
  const more = differences.length - shown.length
  return more > 0 ? `${shown.join('; ')}; ${more} more` : shown.join('; ')
}

/** The beginning of each hash in a version or commit. */
export function shortVersion(version: string): string {
  return cut(version, 80).replace(/[0-9a-f]{12,}/gi, (hash) => hash.slice(0, 8))
}
