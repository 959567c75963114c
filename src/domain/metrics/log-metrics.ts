import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { AppError, notFound } from '../../errors.ts'
import { hasEnded, lockRuns } from '../runs/lock-run.ts'
import { noteWrites } from '../runs/note-write.ts'
import type { RunKey, SeriesInput } from '../runs/types.ts'
import { type Counts, storeSeries } from './store-series.ts'

export interface MetricsInput {
  key: RunKey
  series: SeriesInput[]
}

/**
 * Stores points of runs and keeps their summaries right, whatever the order in which points arrive and however many
 * connections bring them: writers of one run take turns on its row. No two inputs may be of the same run.
 * @returns for each input its counts, or why it was refused: no such run, or a point that an ended run does not have
 */
export async function logMetricsOf(
  trx: Transaction<Database>,
  ctx: Ctx,
  inputs: MetricsInput[],
): Promise<(Counts | AppError)[]> {
  const runs = await lockRuns(
    trx,
    inputs.map(({ key }) => key),
  )
  const there = inputs.flatMap((input) => {
    const run = runs.get(input.key.runId)
    return run === undefined ? [] : [{ ...input, run, ended: hasEnded(run) ? run.status : undefined }]
  })
  const stored = await storeSeries(trx, ctx, there)
  await noteWrites(
    trx,
    ctx,
    there.flatMap(({ run, ended }, at) =>
      ended === undefined && !(stored[at] instanceof AppError) ? [run] : [],
    ),
  )
  const results = new Map(there.map(({ key }, at) => [key.runId, stored[at] as Counts | AppError]))
  return inputs.map(
    ({ key }) =>
      results.get(key.runId) ?? notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId }),
  )
}

/** The same for one run. @throws AppError not_found, or conflict when the run has ended */
export async function logMetrics(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  series: SeriesInput[],
): Promise<Counts> {
  const [result] = await logMetricsOf(trx, ctx, [{ key, series }])
  if (result instanceof AppError) throw result
  return result as Counts
}
