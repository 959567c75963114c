import type { Ctx } from '../../context.ts'
import type { RunKey } from '../runs/types.ts'
import type { NoteView } from './add-note.ts'

/** A run's newest notes, the newest first. */
export async function listNotes(ctx: Pick<Ctx, 'db'>, key: RunKey, most: number): Promise<NoteView[]> {
  const rows = await ctx.db
    .selectFrom('notes')
    .select(['id', 'author', 'text', 'created_at'])
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', key.runId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
}
