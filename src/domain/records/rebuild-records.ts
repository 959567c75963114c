import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { Database, MetricRow } from '../../db/tables.ts'
import { TOLERANCE } from '../metrics/compare.ts'

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
  if (metric.direction === null) return
  let link = await nextLink(trx, metric, undefined)
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
    link = await nextLink(trx, metric, link)
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
  metric: MetricRow,
  after: Link | undefined,
): Promise<Link | undefined> {
  const { value, step } = valueColumns(metric)
  const later =
    after === undefined
      ? sql`true`
      : sql`(run.ended_at, run.id) > (${after.ended_at}::timestamptz, ${after.run_id}::uuid) and ${beyond(metric, after.value)}`
  const { rows } = await sql<Link>`
    select summary.run_id, ${value} as value, ${step} as step, run.ended_at
    from metric_summaries summary
    join runs run on run.project_id = summary.project_id and run.id = summary.run_id
    where summary.project_id = ${metric.project_id} and summary.metric_id = ${metric.id} and summary.ended and summary.ranked
      and ${value} > '-Infinity' and ${value} < 'Infinity' and ${later}
    order by run.ended_at, run.id limit 1`.execute(trx)
  return rows[0]
}

/** The condition `beats` of compare.ts, in SQL. */
function beyond(metric: MetricRow, record: number) {
  const { value } = valueColumns(metric)
  const gain =
    metric.direction === 'max' ? sql`${value} - ${record}::float8` : sql`${record}::float8 - ${value}`
  if (metric.min_delta === 0) return sql`${gain} > 0`
  return sql`${gain} > 0 and ${gain} >= ${metric.min_delta}::float8
    - ${TOLERANCE}::float8 * greatest(abs(${value}), abs(${record}::float8), ${metric.min_delta}::float8)`
}

function valueColumns(metric: MetricRow) {
  const kind = metric.aggregate === 'best' ? metric.direction : metric.aggregate
  if (kind === 'last') {
    return {
      value: sql<number>`summary.last_value`,
      step: sql`case when summary.last_stepped then summary.last_step end`,
    }
  }
  return kind === 'min'
    ? { value: sql<number>`summary.min_value`, step: sql`summary.min_step` }
    : { value: sql<number>`summary.max_value`, step: sql`summary.max_step` }
}
