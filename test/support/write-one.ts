import type { Transaction } from 'kysely'
import type { Ctx } from '../../src/context.ts'
import type { Database, RunKey } from '../../src/db/tables.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/errors.ts'
import { logPoints as logPointsOfRuns } from '../../src/domain/ingest/log-points.ts'
import type { RunInput, RunPatch } from '../../src/domain/runs/types.ts'
import { prepareStart, type StartedRun, startRuns } from '../../src/domain/runs/write/start-runs.ts'
import { type Changed, prepareChange, updateRuns } from '../../src/domain/runs/write/update-runs.ts'
import type { Counts, SeriesInput } from '../../src/points/index.ts'

/** Starts one run, or stores one that has ended, in a transaction of the test's. @throws AppError */
export async function startRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  input: RunInput,
): Promise<StartedRun> {
  return only(await startRuns(trx, ctx, [prepareStart(ctx, actor, input)]))
}

/** Changes one run. @throws AppError */
export async function updateRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  patch: RunPatch,
): Promise<Changed> {
  return only(await updateRuns(trx, ctx, [prepareChange(ctx, actor, key, patch)]))
}

/** Stores points of one run. @throws AppError not_found, or conflict when the run has ended */
export async function logPoints(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  series: SeriesInput[],
): Promise<Counts> {
  return only(await logPointsOfRuns(trx, ctx, [{ key, series }]))
}

function only<T>([result]: T[]): Exclude<T, AppError> {
  if (result instanceof AppError) throw result
  return result as Exclude<T, AppError>
}
