import type { Ctx } from '../../../context.ts'
import { invalid } from '../../../errors.ts'
import { areComparable, type DataDifference, dataDifferences } from '../../datasets/compare-data.ts'
import { primaryMetrics } from '../../metrics/primary-metrics.ts'
import { changesUrl, sameRepo } from '../inputs/code-links.ts'
import { inputWords, verdictWords } from './compare-words.ts'
import {
  codeDifferences,
  type Difference,
  otherDifferences,
  paramDifferences,
} from '../inputs/differences.ts'
import { type MetricDifference, metricDifferences } from './metric-differences.ts'
import { readRuns } from '../read/read-run.ts'
import { foldRuns } from '../status/fold-runs.ts'
import type { RunKey } from '../../../db/tables.ts'
import type { RunView } from '../types.ts'

export interface Comparison {
  runs: RunView[]
  /** Which run wins on what, in words. */
  words: string
  /** What the inputs have in common; null where they simply differ. */
  inputs: string | null
  metrics: MetricDifference[]
  data: DataDifference[]
  /** False: other data versions, so that the values do not measure the same. */
  comparable: boolean
  code: Difference<string>[]
  params: Difference<string>[]
  /** Status, seed, group, command, `env.<name>`, `tag <name>`. */
  others: Difference<string>[]
  /** Where the code host shows what changed between the first and the last commit. */
  codeUrl: string | null
  /** The same from the first run to each; null for the first, for the same commit, and where it is not known. */
  codeUrls: (string | null)[]
}

const MIN_COMPARED = 2
const MAX_COMPARED = 5

/** What differs between two to five runs, and nothing else. @throws AppError invalid for another number of runs */
export async function compareRuns(ctx: Ctx, keys: RunKey[]): Promise<Comparison> {
  const distinct = [...new Map(keys.map((key) => [key.runId, key])).values()]
  if (distinct.length < MIN_COMPARED || distinct.length > MAX_COMPARED) {
    throw invalid(
      'runs',
      `A comparison takes ${MIN_COMPARED} to ${MAX_COMPARED} different runs; this names ${distinct.length}.`,
      { value: distinct.length, allowed: `${MIN_COMPARED} to ${MAX_COMPARED} runs` },
    )
  }
  await foldRuns(ctx, distinct)
  const [runs, primary] = await Promise.all([readRuns(ctx, distinct), primaryNames(ctx, distinct)])
  const metrics = metricDifferences(runs, primary)
  const comparable = areComparable(runs.map(({ data }) => data))
  const codeUrls = runs.map((run) => changesFrom(ctx, runs[0], run))
  return {
    runs,
    words: verdictWords({ runs, metrics, comparable }),
    inputs: inputWords(runs),
    metrics,
    data: dataDifferences(runs.map(({ data }) => data)),
    comparable,
    code: codeDifferences(runs),
    params: paramDifferences(runs),
    others: otherDifferences(runs),
    codeUrl: codeUrls.at(-1) ?? null,
    codeUrls,
  }
}

/** What the runs' projects are about; of several, the first one's metrics first. */
async function primaryNames(ctx: Pick<Ctx, 'db'>, keys: RunKey[]): Promise<string[]> {
  const projects = [...new Set(keys.map(({ projectId }) => projectId))]
  const found = await Promise.all(projects.map((id) => primaryMetrics(ctx.db, id)))
  return [...new Set(found.flatMap(({ metrics }) => metrics.map(({ name }) => name)))]
}

function changesFrom(ctx: Pick<Ctx, 'codeHosts'>, first: RunView | undefined, run: RunView): string | null {
  const [from, to] = [first?.code, run.code]
  if (from?.repo == null || from.commit === null || to.commit === null) return null
  return sameRepo(from.repo, to.repo) ? changesUrl(ctx, from.repo, from.commit, to.commit) : null
}
