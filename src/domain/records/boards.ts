import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, MetricRow, RunKey } from '../../db/tables.ts'
import { rebuildRecords } from './rebuild-records.ts'

/** A (locked) run counts no longer: it leaves every board and gives its records back, silently. */
export async function removeFromBoards(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<void> {
  await sql`update metric_summaries set ranked = false
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid`.execute(trx)
  const metrics = await lockMetricsOf(trx, key)
  const { rows } = await sql<{ metric_id: number }>`select distinct metric_id from records
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid`.execute(trx)
  const held = new Set(rows.map(({ metric_id }) => metric_id))
  for (const metric of metrics) if (held.has(metric.id)) await rebuildRecords(trx, ctx, metric)
}

/** A (locked) finished run counts again, and holds again what it would hold had it always counted. */
export async function addToBoards(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<void> {
  await sql`update metric_summaries set ranked = true
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid and not ranked`.execute(trx)
  const metrics = await lockMetricsOf(trx, key)
  for (const metric of metrics) if (metric.direction !== null) await rebuildRecords(trx, ctx, metric)
}

/**
 * The definitions of a run's metrics, locked in the order of their ids, as the decision of records locks them. All of
 * them: a direction that is set meanwhile could make the run a holder.
 */
async function lockMetricsOf(trx: Transaction<Database>, key: RunKey): Promise<MetricRow[]> {
  return await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', key.projectId)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('metric_summaries')
        .select('metric_id')
        .where('project_id', '=', key.projectId)
        .where('run_id', '=', sql<string>`${key.runId}::uuid`),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}
