import type { Ctx } from '../../../context.ts'
import { transaction } from '../../../db/transaction.ts'
import { isSettled, lockRun } from '../lock-run.ts'
import { touchRuns } from './touch-runs.ts'
import type { RunKey } from '../../../db/tables.ts'

/** A sign of life. A lost run is running again; an ended one stays as it is. */
export async function heartbeat(ctx: Ctx, key: RunKey): Promise<void> {
  await transaction(ctx.db, async (trx) => {
    const run = await lockRun(trx, key)
    if (!isSettled(run)) await touchRuns(trx, ctx, [run])
  })
}
