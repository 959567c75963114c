import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runLater } from '../../db/statements.ts'
import type { Database, RunKey, RunRow } from '../../db/tables.ts'
import { AppError, notFound } from '../../errors.ts'
import { isSettled, lockStatement } from '../runs/lock-run.ts'
import * as points from '../../points/index.ts'
import type { Counts, SeriesInput } from '../../points/index.ts'
import { touchRunning, touchRuns } from '../runs/write/touch-runs.ts'
import { ensureMetricIds } from '../metrics/ensure-metrics.ts'

export interface PointsInput {
  key: RunKey
  series: SeriesInput[]
}

/**
 * Stores points of runs and updates their summaries. Points may arrive in any order and over several connections:
 * transactions that write the same run wait for each other on its row. No two inputs may be of the same run.
 * @returns for each input its counts, or why it was refused: no such run, or a point that an ended run does not have
 */
export async function logPoints(
  trx: Transaction<Database>,
  ctx: Ctx,
  inputs: PointsInput[],
): Promise<(Counts | AppError)[]> {
  // Locks runs before summaries, as every transaction that locks both; appendPoints alone locks only summaries.
  const locked = await runLater<[RunRow]>(trx, [lockStatement(inputs.map(({ key }) => key))])
  const { left, accepted, stale } = await points.append(trx, ctx, inputs)
  await touchRunning(trx, ctx, stale)
  const [runs] = await locked()
  const rest = inputs.flatMap(({ key, series }, at) =>
    series.length > 0 && left[at]?.length === 0 ? [] : [{ key, series: left[at] ?? [] }],
  )
  const stored = rest.length === 0 ? new Map() : await storeRest(trx, ctx, rest, runs)
  return inputs.map(({ key }, at) => {
    const counts = stored.get(key.runId) ?? { accepted: 0, repeats: 0 }
    return counts instanceof AppError
      ? counts
      : { ...counts, accepted: counts.accepted + (accepted[at] ?? 0) }
  })
}

/**
 * The same without a transaction, for inputs of one series whose steps come after those that are stored: one statement
 * for all of them, which commits itself.
 * @returns undefined for an input that needs logPoints
 */
export async function appendPoints(
  ctx: Ctx,
  inputs: PointsInput[],
  effort: 'light' | 'full',
): Promise<(Counts | undefined)[]> {
  const single = inputs.map((input) => (input.series.length === 1 ? input : { ...input, series: [] }))
  const { accepted, stale } = await points.append(ctx.db, ctx, single, effort)
  await touchRunning(ctx.db, ctx, stale)
  return accepted.map((count) => (count === 0 ? undefined : { accepted: count, repeats: 0 }))
}

/** Run id to counts or refusal, for points that have to be compared with what is there. */
async function storeRest(
  trx: Transaction<Database>,
  ctx: Ctx,
  inputs: PointsInput[],
  locked: RunRow[],
): Promise<Map<string, Counts | AppError>> {
  const runs = new Map(locked.map((run) => [run.id, run]))
  const there = inputs.flatMap((input) => {
    const run = runs.get(input.key.runId)
    return run === undefined ? [] : [{ ...input, run, ended: isSettled(run) ? run.status : undefined }]
  })
  const stored = await points.store(trx, ctx, there, { ensureMetrics: ensureMetricIds })
  const alive = there.filter(({ ended }, at) => ended === undefined && !(stored[at] instanceof AppError))
  await touchRuns(
    trx,
    ctx,
    alive.map(({ run }) => run),
  )
  const results = new Map(there.map(({ key }, at) => [key.runId, stored[at] as Counts | AppError]))
  for (const { key } of inputs) {
    if (!results.has(key.runId))
      results.set(key.runId, notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId }))
  }
  return results
}
