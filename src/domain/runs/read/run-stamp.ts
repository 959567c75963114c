import { sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { RunKey } from '../../../db/tables.ts'

/**
 * Changes with every write that the page of a run shows: its row, points, params, tags, data, log lines, labels and notes.
 * An open page compares it to learn that it is old.
 */
export async function runStamp(ctx: Pick<Ctx, 'db'>, { projectId, runId }: RunKey): Promise<string> {
  const { rows } = await sql<{ stamp: string }>`
    select md5(concat_ws(' ',
      (select row(run.*)::text from runs as run where project_id = ${projectId} and id = ${runId}),
      (select sum(points) from metric_summaries where project_id = ${projectId} and run_id = ${runId}),
      (select count(*) from run_params where project_id = ${projectId} and run_id = ${runId}),
      (select string_agg(row(key, value)::text, ' ' order by key) from run_tags
        where project_id = ${projectId} and run_id = ${runId}),
      (select string_agg(row(name, version)::text, ' ' order by name, version) from run_data
        where project_id = ${projectId} and run_id = ${runId}),
      (select max(id) from run_logs where project_id = ${projectId} and run_id = ${runId}),
      (select row(count(*) filter (where present), max(version), max(at))::text from run_labels
        where project_id = ${projectId} and run_id = ${runId}),
      (select row(count(*), max(note.created_at), max(note.edited_at), max(note.deleted_at))::text
        from note_runs join notes as note on note.project_id = note_runs.project_id and note.id = note_runs.note_id
        where note_runs.project_id = ${projectId} and note_runs.run_id = ${runId})
    )) as stamp`.execute(ctx.db)
  return rows[0]?.stamp ?? ''
}
