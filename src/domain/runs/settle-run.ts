import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, RunStatus } from '../../db/tables.ts'
import { emit } from '../../events.ts'
import { decideRecords } from '../records/decide-records.ts'
import { rebuildRecords } from '../records/rebuild-records.ts'
import type { RecordSet, RunKey } from './types.ts'

/**
 * What follows from a run's new status, in the transaction that changes it: a finished run ranks and may take
 * records; one that leaves that state gives them back; every end is told to whoever watches.
 */
export async function settleRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  before: RunStatus | undefined,
  after: RunStatus,
): Promise<RecordSet[]> {
  if (before === after) return []
  if (before === 'finished') await takeOffBoards(trx, ctx, key)
  if (after === 'running') {
    if (before === 'lost') await emit(trx, ctx, 'run.returned', key)
    return []
  }
  if (after !== 'finished') {
    await emit(trx, ctx, 'run.ended', { ...key, status: after })
    return []
  }
  await setRanked(trx, key, true)
  const decision = await decideRecords(trx, ctx, key)
  await emit(trx, ctx, 'run.finished', { ...key, at: ctx.clock.now().toISOString(), records: decision.set })
  return decision.answer
}

async function setRanked(trx: Transaction<Database>, key: RunKey, ranked: boolean): Promise<void> {
  await trx
    .updateTable('metric_summaries')
    .set({ ranked })
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', key.runId)
    .execute()
}

async function takeOffBoards(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<void> {
  await setRanked(trx, key, false)
  const held = await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', key.projectId)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('records')
        .select('metric_id')
        .where('project_id', '=', key.projectId)
        .where('run_id', '=', sql<string>`${key.runId}::uuid`),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  for (const metric of held) await rebuildRecords(trx, ctx, metric)
}
