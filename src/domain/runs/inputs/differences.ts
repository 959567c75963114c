import type { RunView } from '../types.ts'

/** One row of a comparison: a name and each run's value, null where the run does not have it. */
export interface Difference<T> {
  name: string
  values: (T | null)[]
}

/** What `read` tells of each run, where it is not the same for all, by name. */
export function differences(
  runs: RunView[],
  read: (run: RunView) => Record<string, string>,
): Difference<string>[] {
  const own = runs.map((run) => new Map(Object.entries(read(run))))
  const names = [...new Set(own.flatMap((values) => [...values.keys()]))]
  return names
    .map((name) => ({ name, values: own.map((values) => values.get(name) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1)
}

export function paramDifferences(runs: RunView[]): Difference<string>[] {
  return differences(runs, ({ params }) => texts(params)).toSorted(byName)
}

/** Commit, repository and uncommitted changes. */
export function codeDifferences(runs: RunView[]): Difference<string>[] {
  return differences(runs, ({ code }) => ({
    ...(code.commit === null ? {} : { commit: code.commit }),
    ...(code.repo === null ? {} : { repo: code.repo }),
    ...(code.dirty === null ? {} : { 'uncommitted changes': uncommitted(code) }),
  }))
}

function uncommitted({ dirty, patch_hash }: RunView['code']): string {
  if (dirty !== true) return 'no'
  return patch_hash === null ? 'yes' : `yes, patch ${patch_hash.slice(0, 8)}`
}

/** What else a run says of itself: outcome, seed, sweep, command, environment, tags. */
export function otherDifferences(runs: RunView[]): Difference<string>[] {
  return differences(runs, ({ status, seed, group, command, env, tags }) => ({
    status,
    ...(seed === null ? {} : { seed }),
    ...(group === null ? {} : { group }),
    ...(command === null ? {} : { command }),
    ...prefixed('env.', texts(env)),
    ...prefixed('tag ', tags),
  }))
}

/** A param's value as people write it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function texts(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, textOf(value)]))
}

function prefixed(prefix: string, record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`${prefix}${key}`, value]))
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}
