import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, Direction, MetricRow } from '../../db/tables.ts'

/** The recent runs that say which metric a project is about; a bound, so that a big project costs no more. */
const RUNS_LIMIT = 200

export interface Primary {
  metrics: MetricRow[]
  /** False while no metric is marked primary: the message then says how to mark one. */
  chosen: boolean
}

/**
 * The metrics that a project's messages are about: the ones marked primary, else the well-known or declared metric
 * that most recent runs carry, those where higher is better before losses. Empty when no metric has a direction.
 */
export async function primaryMetrics(
  db: Ctx['db'] | Transaction<Database>,
  projectId: number,
): Promise<Primary> {
  const marked = await db
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('is_primary', '=', true)
    .where('direction', 'is not', null)
    .orderBy('id')
    .execute()
  if (marked.length > 0) return { metrics: marked, chosen: true }
  // planner-hint: array-of-runs
  // An array, so that its runs are looked up one by one: joined, the summaries of the whole project may be read.
  const { rows } = await sql<MetricRow>`
    select metrics.* from metrics join (
      select summary.metric_id, count(*) as carried from metric_summaries summary
      where summary.project_id = ${projectId} and summary.run_id = any(array(
        select id from runs where project_id = ${projectId} order by number desc limit ${RUNS_LIMIT}))
      group by summary.metric_id
    ) used on used.metric_id = metrics.id
    where metrics.project_id = ${projectId} and metrics.direction is not null
    order by used.carried * 2 >= max(used.carried) over () desc, metrics.direction = 'max' desc, used.carried desc,
      metrics.name ~* '(^|[^a-z])(val|valid|validation|eval|test|dev)([^a-z]|$)' desc, length(metrics.name), metrics.name
    limit 1`.execute(db)
  return { metrics: rows, chosen: false }
}

/**
 * The metric that a run is about: the project's primary one where the run has it, else the run's first with a direction.
 * @param primary the project's primary metrics
 */
export function mainMetric(
  { metrics }: { metrics: Record<string, { direction: Direction | null } | undefined> },
  primary: Pick<MetricRow, 'name'>[],
): string | undefined {
  const own = primary.find(({ name }) => metrics[name] !== undefined)?.name
  return own ?? Object.keys(metrics).find((name) => metrics[name]?.direction != null)
}
