import type { Ctx } from '../../context.ts'
import { invalid } from '../../errors.ts'
import { comparison } from '../metrics/compare.ts'
import { readRuns } from './read-run.ts'
import type { RunKey, RunView } from './types.ts'

/** One row of a comparison: a name and each run's value, null where the run does not have it. */
export interface Difference<T> {
  name: string
  values: (T | null)[]
}

export interface MetricDifference extends Difference<number> {
  direction: 'max' | 'min' | null
  /** Each run against the first, in words; null for the first and where one has no finite value. */
  verdicts: (string | null)[]
}

export interface Comparison {
  runs: RunView[]
  params: Difference<string>[]
  metrics: MetricDifference[]
  data: Difference<string>[]
  code: Difference<string> | null
  /** Different data versions under the same name: values do not measure the same. */
  comparable: boolean
  /** Where the code host shows what changed between the first and the last commit. */
  codeUrl: string | null
}

const FEWEST = 2
const MOST = 5

/** What differs between two to five runs, and nothing else. @throws AppError invalid for another number of runs */
export async function compareRuns(ctx: Pick<Ctx, 'db' | 'publicUrl'>, keys: RunKey[]): Promise<Comparison> {
  const distinct = [...new Map(keys.map((key) => [key.runId, key])).values()]
  if (distinct.length < FEWEST || distinct.length > MOST) {
    throw invalid(
      'runs',
      `A comparison takes ${FEWEST} to ${MOST} different runs; this names ${distinct.length}.`,
      {
        value: distinct.length,
        allowed: `${FEWEST} to ${MOST} runs`,
      },
    )
  }
  const runs = await readRuns(ctx, distinct)
  const data = differences(runs, (run) => versions(run))
  return {
    runs,
    params: differences(runs, (run) => mapValues(run.params, textOf)),
    metrics: metricDifferences(runs),
    data,
    code: differences(runs, ({ code }) => (code.commit === null ? {} : { code: code.commit }))[0] ?? null,
    comparable: !data.some(({ values }) => new Set(values.filter((value) => value !== null)).size > 1),
    codeUrl: codeUrl(runs),
  }
}

function differences(runs: RunView[], read: (run: RunView) => Record<string, string>): Difference<string>[] {
  const own = runs.map(read)
  const names = [...new Set(own.flatMap((values) => Object.keys(values)))].toSorted()
  return names
    .map((name) => ({ name, values: own.map((values) => values[name] ?? null) }))
    .filter(({ values }) => new Set(values).size > 1)
}

function metricDifferences(runs: RunView[]): MetricDifference[] {
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].toSorted()
  return names.flatMap((name) => {
    const views = runs.map(({ metrics }) => metrics[name])
    const values = views.map((view) => view?.value ?? null)
    if (new Set(values).size === 1 && !views.some((view) => view === undefined)) return []
    const direction = views.find((view) => view !== undefined)?.direction ?? null
    const [first] = values
    const verdicts = values.map((value, index) =>
      index === 0 || value === null || first == null ? null : comparison(first, value, direction),
    )
    return [{ name, values, direction, verdicts }]
  })
}

function versions({ data }: RunView): Record<string, string> {
  const byName = Map.groupBy(data, ({ name }) => name)
  return Object.fromEntries(
    [...byName].map(([name, parts]) => [name, parts.map(({ version }) => version).join(', ')]),
  )
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

/** A param's value as people write it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** GitHub, GitLab and Bitbucket each show the difference of two commits at an address of their own. */
function codeUrl(runs: RunView[]): string | null {
  const [first, last] = [runs[0]?.code, runs.at(-1)?.code]
  if (
    !first?.commit ||
    !last?.commit ||
    first.commit === last.commit ||
    !first.repo ||
    first.repo !== last.repo
  )
    return null
  const repo = webAddress(first.repo)
  if (repo === null) return null
  const { host } = new URL(repo)
  if (host.includes('github')) return `${repo}/compare/${first.commit}...${last.commit}`
  if (host.includes('gitlab')) return `${repo}/-/compare/${first.commit}...${last.commit}`
  if (host.includes('bitbucket')) return `${repo}/branches/compare/${last.commit}%0D${first.commit}#diff`
  return null
}

/** `git@host:team/repo.git` and `ssh://` as the https address that a browser opens, without credentials. */
function webAddress(remote: string): string | null {
  const scp = /^(?:[^@/]+@)([^:/]+):(?!\/\/)(.+?)(?:\.git)?\/?$/.exec(remote)
  if (scp !== null) return `https://${scp[1]}/${scp[2]}`
  if (!URL.canParse(remote)) return null
  const { protocol, host, hostname, pathname } = new URL(remote)
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(protocol)) return null
  const at = protocol === 'ssh:' || protocol === 'git:' ? hostname : host
  return `https://${at}${pathname.replace(/\.git\/?$|\/$/, '')}`
}
