import { type Kysely, sql } from 'kysely'

/**
 * Boards of what did not finish, and lists by a metric, are read from the same indexes as boards: summaries of all runs
 * that have ended are in them, those that rank apart from the others. A running run's are not, for its every point
 * would have to move them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const DROP = ['max', 'min', 'last'].map((kind) => `drop index summaries_by_${kind}`)
const ORDERS = [
  ['max', 'max_value desc'],
  ['min', 'min_value'],
  ['last', 'last_value desc'],
]

const UP = [
  ...DROP,
  `alter table metric_summaries add column ended boolean not null default false`,
  `update metric_summaries summary set ended = true from runs run
    where run.project_id = summary.project_id and run.id = summary.run_id and run.status <> 'running'`,
  ...ORDERS.map(
    ([kind, order]) => `create index summaries_by_${kind} on metric_summaries
      (project_id, metric_id, ranked, ${order}, run_id) where ended`,
  ),
]

const DOWN = [
  ...DROP,
  `alter table metric_summaries drop column ended`,
  ...ORDERS.map(
    ([kind, order]) => `create index summaries_by_${kind} on metric_summaries
      (project_id, metric_id, ${order}, run_id) where ranked`,
  ),
]
