import type { Ctx } from '../context.ts'
import { joinValues } from './blocks.ts'
import { openPoints, packPoints, type PointColumns, unpackPoints } from './packed-points.ts'
import { runStatement } from '../db/statements.ts'
import { compareSteps, type Step } from '../db/step.ts'
import type { RunKey } from '../db/tables.ts'
import { stepRange } from './chunks.ts'
import { isRising, pick } from './drop-repeats.ts'
import { joinSeries, partOf } from './join-series.ts'
import { seriesOfPage } from './pages.ts'
import { currentPoints } from './summary.ts'
import { thinnedPlaces, thinPoints } from './thin-points.ts'

// One statement, so that all of it is of one moment. Bytes as base64, which Node reads back several times faster than
// the hex that bytea otherwise travels as.
const STORED = `/* read-stored */ select id, min_step, max_step, encode(packed, 'base64') as chunk,
    null as page, null::bigint as time, null::float8 as value
  from metric_chunks where project_id = $1 and run_id = $2 and metric_id = $3
  union all
  select id, null, null, null, encode(body, 'base64'), null, null
  from point_pages where project_id = $1 and run_id = $2
  union all
  select 0, last_step, last_step, null, null, last_time, last_value
  from metric_summaries where project_id = $1 and run_id = $2 and metric_id = $3 and points = 1
  order by id`

interface StoredRow {
  min_step: Step
  max_step: Step
  chunk: string | null
  page: string | null
  time: number
  value: number
}

export interface ReadOptions {
  /** At most so many points, thinned so that extremes stay. */
  max?: number | undefined
  /** Also the points whose step was logged again. */
  all?: boolean | undefined
}

/**
 * A metric's folded points by step, of each step the one that came last; with `all` each of them, by step, then time,
 * equal ones in the order of their arrival. `count` is how many there are, before they are thinned.
 */
export async function readSeries(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  metricId: number,
  { max, all = false }: ReadOptions = {},
): Promise<{ count: number; points: PointColumns }> {
  const parts = await readParts(ctx, key, metricId)
  const thinned = max === undefined ? undefined : thinRising(parts, max)
  if (thinned !== undefined) return thinned
  const points = inOrder(join(parts), all)
  return { count: points.values.length, points: max === undefined ? points : thinPoints(points, max) }
}

/** Packed points and the steps between which they lie. */
interface Packed {
  low: Step
  high: Step
  packed: Buffer
}

/** In the order of their arrival. */
async function readParts(ctx: Pick<Ctx, 'db'>, key: RunKey, metricId: number): Promise<Packed[]> {
  const rows = await runStatement<StoredRow>(ctx.db, STORED, [key.projectId, key.runId, metricId])
  return rows.flatMap(({ min_step, max_step, chunk, page, time, value }): Packed[] => {
    if (chunk !== null) return [{ low: min_step, high: max_step, packed: Buffer.from(chunk, 'base64') }]
    if (page !== null)
      return joinSeries(seriesOfPage({ body: page }, metricId)).map((one) => packedOf(partOf(one).points))
    return [packedOf({ steps: [min_step], times: [time], values: Float64Array.of(value) })]
  })
}

function packedOf(points: PointColumns): Packed {
  const { low, high } = stepRange(points.steps)
  return { low, high, packed: packPoints(points) }
}

/** Undefined unless every step is above all before it. */
function thinRising(stored: Packed[], max: number): { count: number; points: PointColumns } | undefined {
  const parts = stored.map(({ packed }) => openPoints(packed))
  const inTurn = stored.every(
    ({ low }, at) => at === 0 || compareSteps((stored[at - 1] as Packed).high, low) < 0,
  )
  if (!inTurn || !parts.every(({ rising }) => rising)) return undefined
  const values = joinValues(parts.map(({ values }) => values))
  const places = thinnedPlaces(values, max)
  const points: PointColumns = {
    steps: [],
    times: [],
    values: Float64Array.from(places, (place) => values[place] as number),
  }
  let [from, next] = [0, 0]
  for (const part of parts) {
    const own: number[] = []
    for (; next < places.length && (places[next] as number) < from + part.values.length; next++)
      own.push((places[next] as number) - from)
    from += part.values.length
    if (own.length === 0) continue
    const { steps, times } = part.pick(own)
    points.steps.push(...steps)
    points.times.push(...times)
  }
  return { count: values.length, points }
}

function join(parts: Packed[]): PointColumns {
  const columns = parts.map(({ packed }) => unpackPoints(packed))
  return {
    steps: columns.flatMap(({ steps }) => steps),
    times: columns.flatMap(({ times }) => times),
    values: joinValues(columns.map(({ values }) => values)),
  }
}

/** By step. Points mostly come that way, and are then given back as they are. */
function inOrder(points: PointColumns, all: boolean): PointColumns {
  const { steps, times } = points
  const order = (a: number, b: number) => compareSteps(steps[a] as Step, steps[b] as Step) || a - b
  const raw = (a: number, b: number) =>
    compareSteps(steps[a] as Step, steps[b] as Step) || (times[a] as number) - (times[b] as number) || a - b
  if (isRising(steps)) return points
  const sorted = pick(points, Uint32Array.from(steps.keys()).sort(all ? raw : order))
  return all ? sorted : currentPoints(sorted)
}
