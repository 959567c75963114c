import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database, MetricRow, RunKey } from '../../db/tables.ts'
import { rebuildRecords } from './rebuild-records.ts'

const RANK = `/* rank-runs, later */ update metric_summaries summary
  set ranked = run.invalidated_at is null, ended = true
  from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)
  join runs run on run.project_id = wanted.project_id and run.id = wanted.run_id
  where summary.project_id = wanted.project_id and summary.run_id = wanted.run_id
    and (not summary.ended or summary.ranked <> (run.invalidated_at is null))`

/** Finished (and locked) runs count for boards from now on; invalid ones do not. */
export async function rankRuns(trx: Transaction<Database>, keys: RunKey[]): Promise<void> {
  if (keys.length === 0) return
  await runStatement(trx, RANK, [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId)])
}

const END = `/* end-runs, later */ update metric_summaries summary set ended = $3
  from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)
  where summary.project_id = wanted.project_id and summary.run_id = wanted.run_id and summary.ended <> $3`

/** Runs that ended without a finish, or are running again: `ended` of their summaries says so. */
export async function noteEnded(trx: Transaction<Database>, keys: RunKey[], ended: boolean): Promise<void> {
  if (keys.length === 0) return
  await runStatement(trx, END, [
    keys.map(({ projectId }) => projectId),
    keys.map(({ runId }) => runId),
    ended,
  ])
}

/** A (locked) run counts no longer: it leaves every board and gives its records back, silently. */
export async function takeOffBoards(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<void> {
  await sql`update metric_summaries set ranked = false
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid`.execute(trx)
  const metrics = await lockMetricsOf(trx, key)
  const { rows } = await sql<{ metric_id: number }>`select distinct metric_id from records
    where project_id = ${key.projectId} and run_id = ${key.runId}::uuid`.execute(trx)
  const held = new Set(rows.map(({ metric_id }) => metric_id))
  for (const metric of metrics) if (held.has(metric.id)) await rebuildRecords(trx, ctx, metric)
}

/** A (locked) finished run counts again, and holds again what it would hold had it always counted. */
export async function putOnBoards(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<void> {
  await rankRuns(trx, [key])
  const metrics = await lockMetricsOf(trx, key)
  for (const metric of metrics) if (metric.direction !== null) await rebuildRecords(trx, ctx, metric)
}

/**
 * The definitions of a run's metrics, taken in the order of their ids as those who decide records take them. All of
 * them: a direction that somebody sets meanwhile could make the run a holder.
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
