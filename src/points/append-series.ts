import type { Kysely } from 'kysely'
import type { Ctx } from '../context.ts'
import { listPoints, packPoints, POINT_BYTES, type PointColumns, toDoubles } from './packed-points.ts'
import { exactDouble, runStatement } from '../db/statements.ts'
import type { Step } from '../db/step.ts'
import type { Database, RunKey } from '../db/tables.ts'
import type { Entry, SeriesInput } from './types.ts'
import { SMALL_CHUNK } from './chunks.ts'
import { requestCompaction, shouldCompact } from './compact-soon.ts'
import { foldPoints, type Summary } from './fold-points.ts'
import { moveTails } from './tails.ts'

/** A run counts as written to at most this often: writing the time of each batch would only churn its row. */
export const TOUCH_EVERY_MS = 5_000
/** A batch of at least this many points is stored as a chunk row; a smaller one goes to the tail of the summary. */
const MIN_CHUNK_POINTS = 20
/** A tail of this many points is moved into a chunk row: a longer one would cost more to change than the row costs. */
const MAX_TAIL_POINTS = 40

const GIVEN = `json_to_recordset($1::json) as given(at int, project_id int, run_id uuid, name text, low bigint,
  high bigint, points int, nans int, infinities int, last_value float8, last_time bigint, min_value float8,
  min_step bigint, max_value float8, max_step bigint, start int, size int)`

const WITH_METRIC = `from given join metrics metric on metric.project_id = given.project_id and metric.name = given.name`
const GOES_ON = (metric: string) => `summary.project_id = given.project_id and summary.run_id = given.run_id
  and summary.metric_id = ${metric} and summary.points > 1 and summary.max_seen_step < given.low`
const MADE_ROW = `case when given.points between ${MIN_CHUNK_POINTS} and ${SMALL_CHUNK - 1} then 1 else 0 end`
const OWN_BYTES = 'substring($2::bytea from given.start for given.size)'

// planner-hint: running-partition
// Only summaries of running runs are in this partition: the transaction that ends a run moves them out of it, and the two
// wait for each other. Under READ COMMITTED PostgreSQL checks the WHERE clause again on rows that another transaction has
// updated. No index covers the columns that change, so no index is touched.
const SUM = `update metric_summaries_running summary set points = summary.points + given.points,
  nans = summary.nans + given.nans, infinities = summary.infinities + given.infinities, last_value = given.last_value,
  last_step = given.high, last_time = given.last_time, last_stepped = true, max_seen_step = given.high,
  min_value = least(summary.min_value, given.min_value),
  min_step = case when summary.min_value <= given.min_value then summary.min_step
    else coalesce(given.min_step, summary.min_step) end,
  max_value = greatest(summary.max_value, given.max_value),
  max_step = case when summary.max_value >= given.max_value then summary.max_step
    else coalesce(given.max_step, summary.max_step) end,
  noted_at = case when abs(extract(epoch from $3::timestamptz - summary.noted_at)) < ${TOUCH_EVERY_MS / 1_000}
    then summary.noted_at else $3::timestamptz end`
const SUMMED = `given.at, summary.loose, summary.noted_at = $3::timestamptz as noted`
const ROW = `given.project_id, given.run_id, summary.metric_id, given.low, given.high, given.points as own, given.start,
  given.size`
const INSERT_ROWS = `insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, points,
    packed, loose)
  select project_id, run_id, metric_id, low, high, true, own, substring($2::bytea from start for size),
    own < ${SMALL_CHUNK} from summed where own >= ${MIN_CHUNK_POINTS}`

// planner-hint: given-first (here and in the two below)
/** For batches that fit into tails which have room for them. */
const TO_TAILS = `/* append-to-tails */ ${SUM}, tail_step = coalesce(summary.tail_step, given.low),
    tail = coalesce(summary.tail, '') || ${OWN_BYTES}
  from (select given.*, metric.id as metric_id ${WITH_METRIC.replace('given', GIVEN)} offset 0) given
  where ${GOES_ON('given.metric_id')} and octet_length(coalesce(summary.tail, '')) < ${MAX_TAIL_POINTS * POINT_BYTES}
  returning ${SUMMED}, 0 as added`

/** For batches that become chunks, of metrics without a tail that would have to be moved before. */
const TO_ROWS = `/* append-rows */ with summed as (
    ${SUM}, loose = summary.loose + ${MADE_ROW}
    from (select given.*, metric.id as metric_id ${WITH_METRIC.replace('given', GIVEN)} offset 0) given
    where ${GOES_ON('given.metric_id')} and summary.tail is null returning ${SUMMED}, ${ROW}
  ), inserted as (
    ${INSERT_ROWS}
  ) select at, loose, noted, ${MADE_ROW.replace('given.points', 'own')} as added from summed`

/** For all batches: tails that are full, or older than a new chunk, are moved into chunks first. */
const MOVING = `/* append-series */ with given as materialized (
    select * from ${GIVEN}
  ), moving as materialized (
    select summary.project_id, summary.run_id, summary.metric_id, summary.tail, summary.tail_step, summary.max_seen_step ${WITH_METRIC}
    join metric_summaries_running summary on ${GOES_ON('metric.id')} and octet_length(summary.tail) >=
      case when given.points >= ${MIN_CHUNK_POINTS} then ${POINT_BYTES} else ${MAX_TAIL_POINTS * POINT_BYTES} end
    for no key update of summary
  ), moved as (
    ${moveTails('moving')} returning run_id, metric_id
  ), summed as (
    ${SUM}, loose = summary.loose + given.moved::int + ${MADE_ROW},
      tail_step = coalesce(case when not given.moved then summary.tail_step end,
        case when given.points < ${MIN_CHUNK_POINTS} then given.low end),
      tail = case when given.points >= ${MIN_CHUNK_POINTS} then case when not given.moved then summary.tail end
        when given.moved then ${OWN_BYTES} else coalesce(summary.tail, '') || ${OWN_BYTES} end
    from (
      select given.*, metric.id as metric_id,
        (given.run_id, metric.id) in (select run_id, metric_id from moved) as moved ${WITH_METRIC} offset 0
    ) given
    where ${GOES_ON('given.metric_id')} returning ${SUMMED}, ${ROW}, given.moved
  ), inserted as (
    ${INSERT_ROWS}
  ) select at, loose, noted, moved::int + ${MADE_ROW.replace('given.points', 'own')} as added from summed`

export interface Appended {
  /** For each entry the series that are left, for `store`. The summaries of appended ones are locked. */
  left: SeriesInput[][]
  /** For each entry how many points were stored. */
  accepted: number[]
  /** Running runs that have not counted as written to for TOUCH_EVERY_MS. */
  stale: RunKey[]
}

/**
 * The way of nearly all points: series whose steps rise, and go on after everything that a running run has of the
 * metric, cannot repeat anything. They are appended by one statement that reads nothing first.
 * @param effort light: where no tail has to make way, for about two thirds of what it costs Postgres otherwise
 */
export async function appendSeries(
  db: Kysely<Database>,
  ctx: Pick<Ctx, 'clock'>,
  entries: Entry[],
  effort: 'light' | 'full' = 'full',
): Promise<Appended> {
  const candidates = entries.flatMap(({ key, series }, entry) =>
    areDistinct(series) ? series.filter(rises).map((one) => ({ entry, key, series: one })) : [],
  )
  candidates.sort(byKey)
  const done = new Set<SeriesInput>()
  const accepted = entries.map(() => 0)
  const stale: RunKey[] = []
  if (candidates.length > 0) {
    const rows = await append(db, ctx, candidates, effort === 'full' ? MOVING : lightest(candidates))
    for (const { at, noted } of rows) {
      const { entry, key, series } = candidates[at] as Candidate
      done.add(series)
      if (noted) stale.push(key)
      accepted[entry] = (accepted[entry] ?? 0) + series.values.length
    }
    const many = rows.filter(({ loose, added }) => shouldCompact(loose, added))
    await requestCompaction(
      db,
      ctx,
      many.map(({ at }) => candidates[at] as Candidate),
    )
  }
  return { left: entries.map(({ series }) => series.filter((one) => !done.has(one))), accepted, stale }
}

interface Candidate {
  entry: number
  key: RunKey
  series: SeriesInput
}

const fitsTail = ({ series }: Candidate) => series.values.length < MIN_CHUNK_POINTS

function lightest(candidates: Candidate[]): string {
  return candidates.every(fitsTail) ? TO_TAILS : candidates.some(fitsTail) ? MOVING : TO_ROWS
}

/** In one order, so that two of these statements do not wait for each other. */
function byKey(a: Candidate, b: Candidate): number {
  if (a.key.runId !== b.key.runId) return a.key.runId < b.key.runId ? -1 : 1
  return a.series.name < b.series.name ? -1 : 1
}

interface AppendedRow {
  at: number
  /** All small chunks that the metric has ever got, and those of this time. */
  loose: number
  added: number
  /** Whether the run has not counted as written to for TOUCH_EVERY_MS. */
  noted: boolean
}

async function append(
  db: Kysely<Database>,
  ctx: Pick<Ctx, 'clock'>,
  candidates: Candidate[],
  text: string,
): Promise<AppendedRow[]> {
  const now = ctx.clock.now()
  const bytes: Buffer[] = []
  let start = 1
  const given = candidates.map(({ key, series }, at) => {
    const points = pointsOf(series, now.getTime())
    const own = points.values.length < MIN_CHUNK_POINTS ? listPoints(points) : packPoints(points)
    bytes.push(own)
    start += own.length
    return {
      ...columns(foldPoints(null, points, true) as Summary),
      at,
      project_id: key.projectId,
      run_id: key.runId,
      name: series.name,
      low: String(points.steps[0]),
      start: start - own.length,
      size: own.length,
    }
  })
  const all = bytes.length === 1 ? bytes[0] : Buffer.concat(bytes)
  return await runStatement<AppendedRow>(db, text, [JSON.stringify(given), all, now])
}

function pointsOf({ steps, times, values }: SeriesInput, now: number): PointColumns {
  return {
    steps: steps as Step[],
    times: times?.includes(null) === false ? (times as number[]) : values.map((_, at) => times?.[at] ?? now),
    values: toDoubles(values),
  }
}

/** What the statement itself takes of a summary; the rest follows from it. */
function columns(summary: Summary) {
  const step = (value: Step | null) => (value === null ? null : String(value))
  const double = (value: number | null) => (value === null ? null : exactDouble(value))
  const { points, nans, infinities, last_time } = summary
  return {
    points,
    nans,
    infinities,
    last_time,
    last_value: exactDouble(summary.last_value),
    high: String(summary.last_step),
    min_value: double(summary.min_value),
    min_step: step(summary.min_step),
    max_value: double(summary.max_value),
    max_step: step(summary.max_step),
  }
}

function areDistinct(series: SeriesInput[]): boolean {
  return series.length === 1 || new Set(series.map(({ name }) => name)).size === series.length
}

function rises({ steps }: SeriesInput): boolean {
  if (steps === null || steps.length === 0) return false
  for (let at = 1; at < steps.length; at++) if ((steps[at - 1] as Step) >= (steps[at] as Step)) return false
  return true
}
