import type { Transaction } from 'kysely'
import type { Ctx } from '../../src/context.ts'
import type { Database, RunKey } from '../../src/db/tables.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { AppError } from '../../src/errors.ts'
import { createLogWriter } from '../../src/domain/ingest/log-points.ts'
import { foldRuns } from '../../src/domain/runs/status/fold-runs.ts'
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

const writers = new WeakMap<Ctx, ReturnType<typeof createLogWriter>>()

/**
 * Logs points of one run as a request does, and folds them.
 * @returns how many were new, and how many were stored already
 * @throws AppError not_found, or conflict when the run has ended
 */
export async function logPoints(ctx: Ctx, key: RunKey, series: SeriesInput[]): Promise<Counts> {
  const before = await repeatedPoints(ctx, key)
  const { accepted } = await appendPoints(ctx, key, series)
  await foldRuns(ctx, [key])
  const repeats = (await repeatedPoints(ctx, key)) - before
  return { accepted: accepted - repeats, repeats }
}

/** The same without the fold. @returns how many points the log has taken */
export async function appendPoints(
  ctx: Ctx,
  key: RunKey,
  series: SeriesInput[],
): Promise<{ accepted: number }> {
  const write = writers.get(ctx) ?? createLogWriter(ctx)
  writers.set(ctx, write)
  return await write({ key, series })
}

async function repeatedPoints({ db }: Ctx, key: RunKey): Promise<number> {
  const query = db.selectFrom('runs').select('repeated_points').where('project_id', '=', key.projectId)
  return (await query.where('id', '=', key.runId).executeTakeFirst())?.repeated_points ?? 0
}

function only<T>([result]: T[]): Exclude<T, AppError> {
  if (result instanceof AppError) throw result
  return result as Exclude<T, AppError>
}
