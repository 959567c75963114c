import { type Kysely, sql } from 'kysely'

/**
 * Indexes that questions are answered from. Boards are walked in the order of values, ties by the run's id, without
 * a look at the rows; runs are found by a param, a tag, an owner, a time without a look at all of them. What grew
 * wider stands in for what was there; `runs_alive` no longer holds a time that every heartbeat changes.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of UP) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of DOWN) await sql.raw(statement).execute(db)
}

const UP = [
  `drop index summaries_by_max`,
  `drop index summaries_by_min`,
  `drop index summaries_by_last`,
  `create index summaries_by_max on metric_summaries (project_id, metric_id, max_value desc, run_id) where ranked`,
  `create index summaries_by_min on metric_summaries (project_id, metric_id, min_value, run_id) where ranked`,
  `create index summaries_by_last on metric_summaries (project_id, metric_id, last_value desc, run_id) where ranked`,
  `drop index runs_by_owner`,
  `create index runs_by_owner on runs (project_id, lower(owner), id)`,
  `drop index runs_by_name`,
  `create index runs_by_name on runs (project_id, lower(name) text_pattern_ops, id)`,
  `drop index runs_alive`,
  `create index runs_alive on runs (project_id, id) where status = 'running'`,
  `create index runs_by_start on runs (project_id, started_at, id)`,
  `create index runs_by_status on runs (project_id, status, id) where status not in ('running', 'finished')`,
  `create index run_params_by_number on run_params (project_id, name, number, run_id) where number is not null`,
  // A value may be longer than an index takes.
  `create index run_params_by_text on run_params (project_id, name, left(value #>> '{}', 60), run_id) where number is null`,
  `create index run_tags_by_value on run_tags (project_id, left(value, 60), key, run_id) where value <> ''`,
  // Heartbeats leave their new version on the same page, and then touch no index at all.
  `alter table runs set (fillfactor = 90)`,
]

const DOWN = [
  `alter table runs reset (fillfactor)`,
  ...['run_tags_by_value', 'run_params_by_text', 'run_params_by_number'].map(
    (index) => `drop index ${index}`,
  ),
  ...['runs_by_status', 'runs_by_start', 'runs_alive', 'runs_by_name', 'runs_by_owner'].map(
    (index) => `drop index ${index}`,
  ),
  ...['summaries_by_max', 'summaries_by_min', 'summaries_by_last'].map((index) => `drop index ${index}`),
  `create index summaries_by_max on metric_summaries (project_id, metric_id, max_value) where ranked`,
  `create index summaries_by_min on metric_summaries (project_id, metric_id, min_value) where ranked`,
  `create index summaries_by_last on metric_summaries (project_id, metric_id, last_value) where ranked`,
  `create index runs_by_owner on runs (project_id, owner, number)`,
  `create index runs_by_name on runs (project_id, name)`,
  `create index runs_alive on runs (last_write_at) where status = 'running'`,
]
