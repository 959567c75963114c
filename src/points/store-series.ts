import { type Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { type PointColumns, toDoubles } from './packed-points.ts'
import { runTogether } from '../db/statements.ts'
import { MAX_STEP, toStep } from '../db/step.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import { AppError } from '../errors.ts'
import type { Counts, EnsureMetrics, Entry, SeriesInput } from './types.ts'
import { type ChunkRow, chunkOf, insertChunks, isSmall, readTouchedPoints } from './chunks.ts'
import { dropRepeats } from './drop-repeats.ts'
import { requestCompaction, shouldCompact } from './compact-soon.ts'
import { foldPoints, type Summary } from './fold-points.ts'
import {
  summariesOf,
  type LockedRow,
  type LockedSummary,
  onlyPoint,
  lockSummaries,
  writeSummaries,
} from './summaries.ts'

/** The run is locked by this transaction, and no other entry is of the same run. */
export interface StoreEntry extends Entry {
  /** Names the status of an ended run, which refuses points that it does not have yet. */
  ended?: RunStatus | undefined
  /** What the run is once this transaction ends. */
  status?: RunStatus
}

export interface StoreOptions {
  ensureMetrics: EnsureMetrics
  /** The rows of `lockSummaries` for these entries, where the caller has run that statement already. */
  locked?: LockedRow[] | undefined
}

/**
 * Stores points of several runs in a handful of statements, however many points and metrics there are.
 * @returns for each entry its counts, or what refuses it; of a refused one nothing is stored
 */
export async function storeSeries(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  entries: StoreEntry[],
  options: StoreOptions,
): Promise<(Counts | AppError)[]> {
  if (entries.every(({ series }) => series.length === 0))
    return entries.map(() => ({ accepted: 0, repeats: 0 }))
  const rows = options.locked ?? (await runTogether<[LockedRow]>(trx, [lockSummaries(entries)]))[0]
  const locked = await summariesOf(trx, ctx, entries, rows, options.ensureMetrics)
  const touched = await readTouchedPoints(trx, entries, locked)
  const now = ctx.clock.now().getTime()
  const results: (Counts | AppError)[] = []
  const chunks: ChunkRow[] = []
  const summaries: LockedSummary[] = []
  for (const [at, entry] of entries.entries()) {
    const stored = addSeries(entry, locked[at] ?? new Map(), touched[at] ?? new Map(), now)
    results.push(stored instanceof AppError ? stored : stored.counts)
    if (stored instanceof AppError) continue
    chunks.push(...stored.chunks)
    summaries.push(...stored.changed)
  }
  await insertChunks(trx, chunks)
  await writeSummaries(trx, summaries)
  await requestCompaction(
    trx,
    ctx,
    summaries.filter(({ loose, added }) => shouldCompact(loose + added, added)),
  )
  return results
}

interface Stored {
  counts: Counts
  chunks: ChunkRow[]
  changed: LockedSummary[]
}

function addSeries(
  entry: StoreEntry,
  locked: Map<string, LockedSummary>,
  touched: Map<number, PointColumns[]>,
  now: number,
): Stored | AppError {
  const chunks: ChunkRow[] = []
  const changed = new Map<number, LockedSummary>()
  let sent = 0
  let accepted = 0
  for (const input of entry.series) {
    sent += input.values.length
    const before = locked.get(input.name) as LockedSummary
    const stored = touched.get(before.metricId) ?? []
    const points = acceptedPoints(input, before.summary, stored, now)
    if (points.values.length === 0) continue
    if (entry.ended !== undefined) return endedError(input.name, points.values[0], entry.ended)
    accepted += points.values.length
    const stepped = input.steps !== null
    const rows = chunksOf(entry.key, before, points, stepped)
    const after = {
      ...before,
      summary: foldPoints(before.summary, points, stepped),
      status: entry.status ?? 'running',
      added: before.added + rows.filter(isSmall).length,
    }
    chunks.push(...rows)
    locked.set(input.name, after)
    changed.set(before.metricId, after)
    if (stepped) touched.set(before.metricId, [...stored, points])
  }
  return { counts: { accepted, repeats: sent - accepted }, chunks, changed: [...changed.values()] }
}

/** A first point is kept by the summary alone, until a second one comes. */
function chunksOf(key: RunKey, before: LockedSummary, points: PointColumns, stepped: boolean): ChunkRow[] {
  const { metricId, summary } = before
  if (summary === null && points.values.length === 1) return []
  const first = summary === null ? undefined : onlyPoint(summary)
  if (first === undefined) return [chunkOf(key, metricId, points, stepped)]
  if (summary?.last_stepped !== stepped)
    return [chunkOf(key, metricId, first, !stepped), chunkOf(key, metricId, points, stepped)]
  const both = {
    steps: [...first.steps, ...points.steps],
    times: [...first.times, ...points.times],
    values: Float64Array.of(...first.values, ...points.values),
  }
  return [chunkOf(key, metricId, both, stepped)]
}

function acceptedPoints(
  input: SeriesInput,
  before: Summary | null,
  stored: PointColumns[],
  now: number,
): PointColumns {
  const { steps, times } = input
  const values = toDoubles(input.values)
  if (steps !== null) return dropRepeats({ steps, times, values }, stored, now)
  return {
    steps: numbered(before, values.length),
    times: Array.from(values, (_value, index) => times?.[index] ?? now),
    values,
  }
}

/** Points that come without steps go on where the last one ended. */
function numbered(before: Summary | null, count: number) {
  let next = before === null ? 0n : BigInt(before.max_seen_step) + 1n
  if (next + BigInt(count) > MAX_STEP) next = MAX_STEP - BigInt(count)
  return Array.from({ length: count }, (_, index) => toStep(next + BigInt(index)))
}

function endedError(metric: string, value: number | undefined, status: RunStatus): AppError {
  return new AppError('conflict', `The run is ${status}: it takes no new points, only exact repeats.`, {
    field: metric,
    value,
    allowed: 'points of a running run; notes and tags at any time',
  })
}
