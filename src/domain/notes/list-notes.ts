import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { RunKey } from '../../db/tables.ts'
import { type NoteRow, readNotes } from './read-notes.ts'

/** A run's notes, the one written last first: events of a chat may have told of them in another order. */
export async function listNotes(ctx: Pick<Ctx, 'db'>, key: RunKey, most: number): Promise<NoteRow[]> {
  const { rows } = await sql<{ id: number }>`
    select note.id from note_runs link
    join notes note on note.project_id = link.project_id and note.id = link.note_id
    where link.project_id = ${key.projectId} and link.run_id = ${key.runId}::uuid
      and note.deleted_at is null and note.text <> ''
    order by note.created_at desc, note.id desc limit ${most}`.execute(ctx.db)
  return await readNotes(
    ctx.db,
    rows.map(({ id }) => id),
  )
}
