import type { Ctx } from '../../context.ts'
import { type PointColumns, unpackPoints } from '../../db/packed-points.ts'
import { runStatement } from '../../db/statements.ts'
import { compareSteps, type Step } from '../../db/step.ts'
import type { RunKey } from '../runs/types.ts'
import { pick } from './drop-repeats.ts'
import type { Summary } from './fold-points.ts'
import { onlyPoint } from './summaries.ts'

// As base64, which Node reads back several times faster than the hex that bytea otherwise travels as.
const CHUNKS = `/* read-chunks */ select encode(packed, 'base64') as packed from metric_chunks
  where project_id = $1 and run_id = $2 and metric_id = $3 order by id`

const SUMMARY = `/* read-only-point */ select points, last_step, last_time, last_value from metric_summaries
  where project_id = $1 and run_id = $2 and metric_id = $3`

/** All points of a run's metric by step, then time; equal ones in the order of their arrival. */
export async function readPoints(ctx: Pick<Ctx, 'db'>, key: RunKey, metricId: number): Promise<PointColumns> {
  const parameters = [key.projectId, key.runId, metricId]
  const chunks = await readChunks(ctx, parameters)
  if (chunks !== undefined) return inOrder(chunks)
  const [summary] = await runStatement<Summary>(ctx.db, SUMMARY, parameters)
  if (summary === undefined) return NONE
  // A second point that came between the two reads has made a row of both.
  return onlyPoint(summary) ?? inOrder((await readChunks(ctx, parameters)) ?? NONE)
}

const NONE: PointColumns = { steps: [], times: [], values: new Float64Array() }

async function readChunks(ctx: Pick<Ctx, 'db'>, parameters: unknown[]): Promise<PointColumns | undefined> {
  const chunks = await runStatement<{ packed: string }>(ctx.db, CHUNKS, parameters)
  if (chunks.length === 0) return undefined
  return join(chunks.map(({ packed }) => unpackPoints(Buffer.from(packed, 'base64'))))
}

/** One after the other. */
export function join(parts: PointColumns[]): PointColumns {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const values = new Float64Array(parts.reduce((total, part) => total + part.values.length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    at += part.values.length
  }
  return { steps: parts.flatMap(({ steps }) => steps), times: parts.flatMap(({ times }) => times), values }
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
