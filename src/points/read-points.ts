import type { Ctx } from '../context.ts'
import { openPoints, type PointColumns, unpackPoints } from './packed-points.ts'
import { runStatement } from '../db/statements.ts'
import { compareSteps, type Step } from '../db/step.ts'
import type { RunKey } from '../db/tables.ts'
import { pick } from './drop-repeats.ts'
import type { Summary } from './fold-points.ts'
import { onlyPoint } from './summaries.ts'
import { PACKED_TAIL } from './tails.ts'
import { thinnedPlaces, thinPoints } from './thin-points.ts'

// As base64, which Node reads back several times faster than the hex that bytea otherwise travels as.
const CHUNKS = `/* read-chunks */ select min_step, max_step, encode(packed, 'base64') as packed from (
    select id, min_step, max_step, packed from metric_chunks
    where project_id = $1 and run_id = $2 and metric_id = $3
    union all
    select null, tail_step, max_seen_step, ${PACKED_TAIL} from metric_summaries
    where project_id = $1 and run_id = $2 and metric_id = $3 and tail is not null
  ) stored order by id nulls last`

const SUMMARY = `/* read-only-point */ select points, last_step, last_time, last_value from metric_summaries
  where project_id = $1 and run_id = $2 and metric_id = $3`

interface Chunk {
  min_step: Step
  max_step: Step
  packed: string
}

/** All points of a run's metric by step, then time; equal ones in the order of their arrival. */
export async function readPoints(ctx: Pick<Ctx, 'db'>, key: RunKey, metricId: number): Promise<PointColumns> {
  const stored = await readStored(ctx, key, metricId)
  return Array.isArray(stored) ? unpackAll(stored) : stored
}

/**
 * The same thinned to `max` points, and how many there are. Where they came in their order, which is nearly always,
 * only the values are looked at one by one.
 */
export async function readThinned(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  metricId: number,
  max: number,
): Promise<{ count: number; points: PointColumns }> {
  const stored = await readStored(ctx, key, metricId)
  const thinned = Array.isArray(stored) ? thinRising(stored, max) : undefined
  if (thinned !== undefined) return thinned
  const points = Array.isArray(stored) ? unpackAll(stored) : stored
  return { count: points.values.length, points: thinPoints(points, max) }
}

/** A metric's points by step, then time; with `max` thinned to so many. `count` is how many are stored. */
export async function readSeries(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  metricId: number,
  { max }: { max?: number | undefined } = {},
): Promise<{ count: number; points: PointColumns }> {
  if (max !== undefined) return await readThinned(ctx, key, metricId, max)
  const points = await readPoints(ctx, key, metricId)
  return { count: points.values.length, points }
}

/** The rows of points, or the points themselves where there are no rows. */
async function readStored(
  ctx: Pick<Ctx, 'db'>,
  key: RunKey,
  metricId: number,
): Promise<Chunk[] | PointColumns> {
  const parameters = [key.projectId, key.runId, metricId]
  const chunks = await runStatement<Chunk>(ctx.db, CHUNKS, parameters)
  if (chunks.length > 0) return chunks
  const [summary] = await runStatement<Summary>(ctx.db, SUMMARY, parameters)
  if (summary === undefined) return NONE
  // A second point that came between the two reads has made a row of both.
  return onlyPoint(summary) ?? (await runStatement<Chunk>(ctx.db, CHUNKS, parameters))
}

const NONE: PointColumns = { steps: [], times: [], values: new Float64Array() }

function unpackAll(chunks: Chunk[]): PointColumns {
  return inOrder(join(chunks.map(({ packed }) => unpackPoints(Buffer.from(packed, 'base64')))))
}

/** Undefined unless every step is above all before it. */
function thinRising(chunks: Chunk[], max: number): { count: number; points: PointColumns } | undefined {
  const parts = chunks.map(({ packed }) => openPoints(Buffer.from(packed, 'base64')))
  const inTurn = chunks.every(
    ({ min_step }, at) => at === 0 || compareSteps((chunks[at - 1] as Chunk).max_step, min_step) < 0,
  )
  if (!inTurn || !parts.every(({ rising }) => rising)) return undefined
  const values = joinValues(parts)
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

function joinValues(parts: Pick<PointColumns, 'values'>[]): Float64Array {
  const values = new Float64Array(parts.reduce((total, part) => total + part.values.length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    at += part.values.length
  }
  return values
}

/** One after the other. */
export function join(parts: PointColumns[]): PointColumns {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const values = joinValues(parts)
  const steps: Step[] = Array.from({ length: values.length })
  const times: number[] = Array.from({ length: values.length })
  let at = 0
  for (const part of parts) {
    for (let index = 0; index < part.steps.length; index++, at++) {
      steps[at] = part.steps[index] as Step
      times[at] = part.times[index] as number
    }
  }
  return { steps, times, values }
}

/** By step, then time. Points mostly come that way, and are then given back as they are. */
function inOrder(points: PointColumns): PointColumns {
  const { steps, times } = points
  const order = (a: number, b: number) =>
    compareSteps(steps[a] as Step, steps[b] as Step) || (times[a] as number) - (times[b] as number)
  let sorted = true
  for (let index = 1; index < steps.length && sorted; index++) sorted = order(index - 1, index) <= 0
  return sorted
    ? points
    : pick(
        points,
        Uint32Array.from(steps.keys()).sort((a, b) => order(a, b) || a - b),
      )
}
