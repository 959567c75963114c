import type { Ctx } from '../../context.ts'
import type { RunKey } from '../runs/types.ts'
import type { NoteView } from './add-note.ts'

/** A run's newest notes, the newest first. */
export async function listNotes(ctx: Pick<Ctx, 'db'>, key: RunKey, most: number): Promise<NoteView[]> {
  const rows = await ctx.db
    .selectFrom('note_runs')
    .innerJoin('notes', (join) =>
      join.onRef('notes.project_id', '=', 'note_runs.project_id').onRef('notes.id', '=', 'note_runs.note_id'),
    )
    .select(['notes.id', 'notes.author', 'notes.text', 'notes.created_at'])
    .where('note_runs.project_id', '=', key.projectId)
    .where('note_runs.run_id', '=', key.runId)
    .where('notes.deleted_at', 'is', null)
    .orderBy('notes.id', 'desc')
    .limit(most)
    .execute()
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
}
