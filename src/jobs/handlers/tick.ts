import type { Ctx } from '../../context.ts'
import { dueChannels } from '../../domain/deliveries/find.ts'
import { findLostRuns } from '../../domain/runs/status/find-lost-runs.ts'
import { fireDueSchedules } from '../../domain/schedules/fire-due-schedules.ts'
import { messageOf } from '../../errors.ts'
import { analyzeYoungTables } from './analyze-young-tables.ts'

/**
 * Safety poll: lost runs, due schedules, and channels with work that no process does (the queue forgot the job, the
 * process died, a platform's hold ended).
 * @returns the channels to drain
 */
export async function tick(ctx: Ctx): Promise<number[]> {
  await guarded(ctx, 'lost runs', () => findLostRuns(ctx))
  await guarded(ctx, 'schedules', () => fireDueSchedules(ctx))
  await guarded(ctx, 'statistics', () => analyzeYoungTables(ctx))
  return await dueChannels(ctx.db, ctx.clock.now())
}

/** One part that fails must not keep the others from running. */
async function guarded(ctx: Ctx, part: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    ctx.log.error({ part, error: messageOf(error) }, 'a part of the tick failed; it is tried again')
  }
}
