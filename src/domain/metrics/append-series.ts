import type { Kysely } from 'kysely'
import type { Ctx } from '../../context.ts'
import { packPoints } from '../../db/packed-points.ts'
import { exactDouble, runStatement } from '../../db/statements.ts'
import type { Step } from '../../db/step.ts'
import type { Database, RunRow } from '../../db/tables.ts'
import { noteAlive } from '../runs/note-write.ts'
import type { RunKey, SeriesInput } from '../runs/types.ts'
import { isLoose, SMALL_CHUNK } from './chunks.ts'
import { compactSoon, isTime } from './compact-soon.ts'
import { foldPoints, type Summary } from './fold-points.ts'

interface Entry {
  key: RunKey
  series: SeriesInput[]
}

// Runs are locked as lockRuns does. A summary that another transaction changed meanwhile is looked at again by
// Postgres, with the same conditions, before it is changed here.
const APPEND = `/* append-series */ with given as materialized (
    select * from json_to_recordset($1::json) as given(at int, project_id int, run_id uuid, name text, low bigint,
      high bigint, points int, nans int, infinities int, last_value float8, last_time bigint, min_value float8,
      min_step bigint, max_value float8, max_step bigint, loose int, start int, size int)
  ), alive as materialized (
    select project_id, id, last_write_at from runs
    where (project_id, id) in (select project_id, run_id from given) and status = 'running'
    order by project_id, id for no key update
  ), summed as (
    update metric_summaries held set points = held.points + given.points, nans = held.nans + given.nans,
      infinities = held.infinities + given.infinities, last_value = given.last_value, last_step = given.high,
      last_time = given.last_time, last_stepped = true, max_seen_step = given.high, loose = held.loose + given.loose,
      min_value = least(held.min_value, given.min_value),
      min_step = case when held.min_value <= given.min_value then held.min_step
        else coalesce(given.min_step, held.min_step) end,
      max_value = greatest(held.max_value, given.max_value),
      max_step = case when held.max_value >= given.max_value then held.max_step
        else coalesce(given.max_step, held.max_step) end
    from given
    join alive on alive.project_id = given.project_id and alive.id = given.run_id
    join metrics metric on metric.project_id = given.project_id and metric.name = given.name
    where held.project_id = given.project_id and held.run_id = given.run_id and held.metric_id = metric.id
      and held.points > 1 and held.max_seen_step < given.low
    returning given.at, given.low, given.high, given.points as added, given.start, given.size,
      held.project_id, held.run_id, held.metric_id, held.loose, given.loose as small,
      alive.last_write_at
  ), chunked as (
    insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed, loose)
    select project_id, run_id, metric_id, low, high, true, added, substring($2::bytea from start for size),
      added < ${SMALL_CHUNK} from summed
  ) select at, loose, small as added, last_write_at from summed`

/**
 * The way of nearly all points: series whose steps rise, and go on after everything that a running run has of the
 * metric, cannot repeat anything. They are appended by one statement that reads nothing first.
 * @returns for each entry the series that are left, for storeSeries; the runs of appended ones are locked
 */
export async function appendSeries(
  db: Kysely<Database>,
  ctx: Ctx,
  entries: Entry[],
): Promise<{ left: SeriesInput[][]; accepted: number[] }> {
  const candidates = entries.flatMap(({ key, series }, entry) =>
    areDistinct(series) ? series.filter(rises).map((one) => ({ entry, key, series: one })) : [],
  )
  const done = new Set<SeriesInput>()
  const accepted = entries.map(() => 0)
  if (candidates.length > 0) {
    const rows = await append(db, ctx, candidates)
    for (const { at } of rows) {
      const { entry, series } = candidates[at] as Candidate
      done.add(series)
      accepted[entry] = (accepted[entry] ?? 0) + series.values.length
    }
    await afterwards(db, ctx, candidates, rows)
  }
  return { left: entries.map(({ series }) => series.filter((one) => !done.has(one))), accepted }
}

interface Candidate {
  entry: number
  key: RunKey
  series: SeriesInput
}

interface Appended {
  at: number
  /** All small rows that the metric has ever got, and those of this time. */
  loose: number
  added: number
  last_write_at: Date
}

async function append(
  db: Kysely<Database>,
  ctx: Pick<Ctx, 'clock'>,
  candidates: Candidate[],
): Promise<Appended[]> {
  const now = ctx.clock.now().getTime()
  const packed: Buffer[] = []
  let start = 1
  const given = candidates.map(({ key, series }, at) => {
    const { steps, times } = series
    const points = {
      steps: steps as Step[],
      times: times === null ? series.values.map(() => now) : times.map((time) => time ?? now),
      values: Float64Array.from(series.values),
    }
    const bytes = packPoints(points)
    packed.push(bytes)
    start += bytes.length
    return {
      ...columns(foldPoints(null, points, true) as Summary),
      at,
      project_id: key.projectId,
      run_id: key.runId,
      name: series.name,
      low: String(points.steps[0]),
      loose: isLoose({ points: points.values.length }) ? 1 : 0,
      start: start - bytes.length,
      size: bytes.length,
    }
  })
  const bytes = packed.length === 1 ? packed[0] : Buffer.concat(packed)
  return await runStatement<Appended>(db, APPEND, [JSON.stringify(given), bytes])
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

async function afterwards(
  db: Kysely<Database>,
  ctx: Ctx,
  candidates: Candidate[],
  rows: Appended[],
): Promise<void> {
  const runs = new Map<string, Pick<RunRow, 'project_id' | 'id' | 'last_write_at'>>()
  for (const { at, last_write_at } of rows) {
    const { projectId, runId } = (candidates[at] as Candidate).key
    runs.set(runId, { project_id: projectId, id: runId, last_write_at })
  }
  await noteAlive(db, ctx, [...runs.values()])
  await compactSoon(
    db,
    ctx,
    rows.filter(({ loose, added }) => isTime(loose, added)).map(({ at }) => candidates[at] as Candidate),
  )
}

function areDistinct(series: SeriesInput[]): boolean {
  return series.length === 1 || new Set(series.map(({ name }) => name)).size === series.length
}

function rises({ steps }: SeriesInput): boolean {
  if (steps === null || steps.length === 0) return false
  for (let at = 1; at < steps.length; at++) if ((steps[at - 1] as Step) >= (steps[at] as Step)) return false
  return true
}
