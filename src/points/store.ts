import type { Transaction } from 'kysely'
import type { Series } from './blocks.ts'
import { partOf as partOfChunk, type Range, readTouchedChunks, stepRange, type TouchedRow } from './chunks.ts'
import { runTogether } from '../db/statements.ts'
import { compareSteps, MAX_STEP, MIN_STEP, type Step, toStep } from '../db/step.ts'
import type { Database, RunKey } from '../db/tables.ts'
import { dropRepeats } from './drop-repeats.ts'
import { joinSeries, partOf, seriesOf } from './join-series.ts'
import { countPages, type PageCount, type PageRow, readPages, seriesOfPage, storePoints } from './pages.ts'
import type { PointColumns } from './packed-points.ts'
import { type MetricState, readSummaries, type SummaryRead, summaryOf, writeSummaries } from './summaries.ts'
import { addToSummary, onlyPoint, type Part, summarize, type Summary } from './summary.ts'
import type { Counts, Entry, Refusal } from './types.ts'

/** What is read of runs before points are added to them. */
export interface Known {
  summaries: SummaryRead[]
  pages: PageCount[]
}

/** Reads in one round trip what `storeSeries` has to know of (locked) runs. */
export async function readKnown(
  trx: Transaction<Database>,
  entries: Pick<Entry, 'key' | 'series'>[],
): Promise<Known> {
  const wanted = entries.flatMap(({ key, series }) =>
    [...new Set(series.map(({ metricId }) => metricId))].map((metricId) => ({ key, metricId })),
  )
  const [summaries, pages] = await runTogether<[SummaryRead, PageCount]>(trx, [
    readSummaries(wanted),
    countPages(entries.map(({ key }) => key)),
  ])
  return { summaries, pages }
}

/** A run that was just made has nothing. */
export const NOTHING: Known = { summaries: [], pages: [] }

/**
 * Adds points to (locked) runs: drops exact repeats, numbers points without steps, changes the summaries, and stores
 * the points in pages or chunks, in a handful of statements however many points and metrics there are.
 * @returns for each entry its counts, or what refuses it: nothing of it is stored then
 */
export async function storeSeries(
  trx: Transaction<Database>,
  entries: Entry[],
  known: Known,
): Promise<(Counts | Refusal)[]> {
  const metrics = entries.flatMap((entry) => metricsOf(entry, known))
  await readTouched(trx, metrics)
  for (const metric of metrics) addPoints(metric)
  const refusals = new Map(metrics.toReversed().flatMap(refusalOf))
  const changed = metrics.filter(({ entry, fresh }) => fresh.length > 0 && !refusals.has(entry))
  await summarizeAnew(
    trx,
    changed.filter(({ stale }) => stale),
  )
  await storePoints(trx, newPoints(changed), known.pages)
  await writeSummaries(
    trx,
    changed.map(({ state }) => state),
  )
  return entries.map((entry) => refusals.get(entry) ?? countsOf(entry, metrics))
}

/** A metric of a run while points are added to it. */
interface Metric {
  entry: Entry
  sent: Series[]
  state: MetricState
  /** Stored points that the new ones may repeat or replace, in the order of their arrival. */
  touched: Part[]
  /** The point that the summary alone has kept until now. */
  only: Part | undefined
  fresh: Part[]
  stale: boolean
}

function metricsOf(entry: Entry, { summaries }: Known): Metric[] {
  const { key, status } = entry
  const rows = new Map(summaries.flatMap((row) => (row.run_id === key.runId ? [[row.metric_id, row]] : [])))
  return [...Map.groupBy(joinSeries(entry.series), ({ metricId }) => metricId)].map(([metricId, sent]) => {
    const row = rows.get(metricId)
    const summary = row === undefined ? null : summaryOf(row)
    const only = summary === null ? undefined : onlyPoint(summary)
    const ended = row?.ended ?? undefined
    const state = { key, metricId, summary, status, ...(ended === undefined ? {} : { ended }) }
    return { entry, sent, state, touched: only === undefined ? [] : [only], only, fresh: [], stale: false }
  })
}

/** Rising steps read nothing; others the chunks that they overlap, and the few points in the pages of their run. */
async function readTouched(trx: Transaction<Database>, metrics: Metric[]): Promise<void> {
  const overlapping = metrics.flatMap((metric) => {
    const range = overlapOf(metric)
    return range === undefined ? [] : [{ metric, range }]
  })
  const parts = await readParts(
    trx,
    overlapping.map(({ range }) => range),
  )
  for (const { metric, range } of overlapping) metric.touched = parts.get(idOf(range)) ?? []
}

function overlapOf({ sent, state: { key, metricId, summary } }: Metric): Range | undefined {
  const steps = sent.flatMap((series) => series.steps ?? [])
  if (summary === null || summary.points === 1 || steps.length === 0) return undefined
  const { low, high } = stepRange(steps)
  return compareSteps(low, summary.max_seen_step) > 0 ? undefined : { key, metricId, low, high }
}

function idOf({ key, metricId }: Pick<Range, 'key' | 'metricId'>): string {
  return `${key.runId} ${metricId}`
}

/** Run and metric to stored points, those of the ranges at least, in the order of their arrival. */
async function readParts(trx: Transaction<Database>, ranges: Range[]): Promise<Map<string, Part[]>> {
  const parts = new Map<string, Part[]>(ranges.map((range) => [idOf(range), []]))
  if (ranges.length === 0) return parts
  const keys = [...new Map(ranges.map(({ key }) => [key.runId, key])).values()]
  const [chunks, pages] = await runTogether<[TouchedRow, PageRow]>(trx, [
    readTouchedChunks(ranges),
    readPages(keys),
  ])
  for (const row of chunks) parts.get(`${row.run_id} ${row.metric_id}`)?.push(partOfChunk(row))
  for (const page of pages) {
    for (const series of seriesOfPage(page))
      parts.get(`${page.run_id} ${series.metricId}`)?.push(partOf(series))
  }
  return parts
}

function addPoints(metric: Metric): void {
  const { state, touched } = metric
  for (const series of metric.sent) {
    const part = freshPart(series, state.summary, touched)
    if (part.points.values.length === 0) continue
    const { summary, stale } = addToSummary(state.summary, touched, part)
    state.summary = summary
    metric.stale ||= stale
    metric.fresh.push(part)
    touched.push(part)
  }
}

function freshPart({ steps, times, given, values }: Series, summary: Summary | null, touched: Part[]): Part {
  if (steps === null)
    return { points: { steps: numbered(summary, values.length), times, values }, stepped: false }
  const stored = touched.flatMap(({ points, stepped }) => (stepped ? [points] : []))
  return { points: dropRepeats({ steps, times, given, values }, stored), stepped: true }
}

/** Points that come without steps go on where the last one ended. */
function numbered(before: Summary | null, count: number): Step[] {
  let next = before === null ? 0n : BigInt(before.max_seen_step) + 1n
  if (next + BigInt(count) > MAX_STEP) next = MAX_STEP - BigInt(count)
  return Array.from({ length: count }, (_, index) => toStep(next + BigInt(index)))
}

function refusalOf({ entry, state: { metricId }, fresh: [part] }: Metric): [Entry, Refusal][] {
  if (entry.ended !== true || part === undefined) return []
  return [[entry, { refused: { metricId, value: part.points.values[0] } }]]
}

/** Looks at all points of metrics that lost an extreme. */
async function summarizeAnew(trx: Transaction<Database>, metrics: Metric[]): Promise<void> {
  const whole = metrics.map(({ state: { key, metricId } }) => ({
    ...{ key, metricId },
    ...{ low: toStep(MIN_STEP), high: toStep(MAX_STEP) },
  }))
  const parts = await readParts(trx, whole)
  for (const { state, only, fresh } of metrics) {
    const stored = only === undefined ? (parts.get(idOf(state)) ?? []) : [only]
    state.summary = summarize([...stored, ...fresh])
  }
}

/** A first point is kept by the summary alone, until a second one comes. */
function newPoints(metrics: Metric[]): { key: RunKey; series: Series[] }[] {
  const stored = metrics.flatMap(({ state: { key, metricId, summary }, only, fresh }) =>
    summary?.points === 1
      ? []
      : [...(only === undefined ? [] : [only]), ...fresh].map((part) => ({
          key,
          series: seriesOf(metricId, part),
        })),
  )
  return [...Map.groupBy(stored, ({ key }) => key.runId).values()].map((own) => ({
    key: (own[0] as { key: RunKey }).key,
    series: joinSeries(own.map(({ series }) => series)),
  }))
}

function countsOf(entry: Entry, metrics: Metric[]): Counts {
  const count = (parts: { values: PointColumns['values'] }[]) =>
    parts.reduce((total, { values }) => total + values.length, 0)
  const own = metrics.filter((metric) => metric.entry === entry)
  const accepted = count(own.flatMap(({ fresh }) => fresh.map(({ points }) => points)))
  return { accepted, repeats: count(entry.series) - accepted }
}
