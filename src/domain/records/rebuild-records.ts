import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { Database, Direction, MetricRow } from '../../db/tables.ts'
import { beatsSql } from '../values/better-sql.ts'
import { columnSql, isFiniteSql, stepSql } from '../values/run-value-sql.ts'

/**
 * Writes a metric's chain of records anew from the runs that rank, in the order in which they ended, and says
 * nothing to anybody: for a direction set late, a changed aggregate, a run that no longer counts. The definition
 * must be locked by this transaction. The chain is short (each link beats all before), so it is walked link by link.
 */
export async function rebuildRecords(trx: Transaction<Database>, ctx: Ctx, metric: MetricRow): Promise<void> {
  await trx
    .deleteFrom('records')
    .where('project_id', '=', metric.project_id)
    .where('metric_id', '=', metric.id)
    .execute()
  const { direction } = metric
  if (direction === null) return
  const directed = { ...metric, direction }
  let link = await nextLink(trx, directed, undefined)
  while (link !== undefined) {
    await trx
      .insertInto('records')
      .values({
        project_id: metric.project_id,
        metric_id: metric.id,
        run_id: link.run_id,
        value: link.value,
        step: link.step === null ? null : String(link.step),
        set_at: link.ended_at ?? ctx.clock.now(),
      })
      .execute()
    link = await nextLink(trx, directed, link)
  }
}

interface Link {
  run_id: string
  value: number
  step: Step | null
  ended_at: Date | null
}

async function nextLink(
  trx: Transaction<Database>,
  metric: MetricRow & { direction: Direction },
  after: Link | undefined,
): Promise<Link | undefined> {
  const [value, step] = [columnSql(metric), stepSql(metric)]
  const later =
    after === undefined
      ? sql`true`
      : sql`(run.ended_at, run.id) > (${after.ended_at}::timestamptz, ${after.run_id}::uuid) and ${beatsSql({ value, record: after.value, direction: metric.direction, minDelta: metric.min_delta })}`
  const { rows } = await sql<Link>`
    select summary.run_id, ${value} as value, ${step} as step, run.ended_at
    from metric_summaries summary
    join runs run on run.project_id = summary.project_id and run.id = summary.run_id
    where summary.project_id = ${metric.project_id} and summary.metric_id = ${metric.id} and summary.ended and summary.ranked
      and ${isFiniteSql(value)} and ${later}
    order by run.ended_at, run.id limit 1`.execute(trx)
  return rows[0]
}
