import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { MetricRow } from '../../db/tables.ts'
import { isFiniteSql, valueSql } from '../values/run-value-sql.ts'

export interface BestSoFar {
  /** Each record by the number of the run that set it. */
  records: { number: number; value: number }[]
  /** The newest ranked runs, for the dots around the line. */
  runs: { number: number; value: number }[]
}

const RUNS_LIMIT = 300

/** How the record of a metric rose (or fell), and where the other runs lie. */
export async function bestSoFar(ctx: Pick<Ctx, 'db'>, metric: MetricRow): Promise<BestSoFar> {
  const records = sql<{ number: number; value: number }>`
    select run.number, record.value from records record
    join runs run on run.project_id = record.project_id and run.id = record.run_id
    where record.project_id = ${metric.project_id} and record.metric_id = ${metric.id} order by record.id`.execute(
    ctx.db,
  )
  const value = valueSql('summary', 'metric')
  const runs = sql<{ number: number; value: number }>`
    select number, value from (
      select run.number, ${value} as value from runs run
      join metrics metric on metric.project_id = run.project_id and metric.id = ${metric.id}
      join metric_summaries summary on summary.project_id = run.project_id and summary.run_id = run.id
        and summary.metric_id = metric.id and summary.ranked
      where run.project_id = ${metric.project_id} and ${isFiniteSql(value)}
      order by run.id desc limit ${RUNS_LIMIT}
    ) newest order by number`.execute(ctx.db)
  const [found, around] = await Promise.all([records, runs])
  return { records: found.rows, runs: around.rows }
}
