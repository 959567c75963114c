import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, Direction, MetricRow } from '../../db/tables.ts'

/** The number of recent runs that decide which metric is primary when none is marked. */
const RUNS_LIMIT = 200

export interface Primary {
  metrics: MetricRow[]
  /** False while no metric is marked primary: messages then explain how to mark one. */
  chosen: boolean
}

/**
 * The primary metrics of a project: the ones marked so, else the well-known or declared metric that most recent runs
 * have; of equal ones, those where higher is better come before losses. Empty when no metric has a direction.
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
  // With an array PostgreSQL looks up the runs one by one; with a join it may read all summaries of the project.
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
 * A run's main metric: the project's primary one when the run has it, else the run's first one with a direction.
 * @param primary the project's primary metrics
 */
export function mainMetric(
  { metrics }: { metrics: Record<string, { direction: Direction | null } | undefined> },
  primary: Pick<MetricRow, 'name'>[],
): string | undefined {
  const own = primary.find(({ name }) => metrics[name] !== undefined)?.name
  return own ?? Object.keys(metrics).find((name) => metrics[name]?.direction != null)
}
