import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { subjectOf } from './add-note.ts'
import { type Editor, ownNote } from './edit-note.ts'
import { type NoteRow, readNote } from './read-notes.ts'

/**
 * Takes a note back: its text is gone, its row stays, so that a late event of its chat message does not bring it back.
 * @param editor its author, or one with admin rights
 * @throws AppError not_found, forbidden for somebody else's note
 */
export async function deleteNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  editor: Editor & { admin?: boolean },
  id: number,
): Promise<void> {
  await trx.selectFrom('notes').select('id').where('id', '=', id).forUpdate().execute()
  const note =
    editor.admin === true ? await readNote(trx, id, editor.projectId) : await ownNote({ db: trx }, editor, id)
  await eraseNote(trx, ctx, actor, note)
}

export async function eraseNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  note: Pick<NoteRow, 'id' | 'kind' | 'projectId' | 'runs' | 'project'>,
): Promise<void> {
  await trx
    .updateTable('notes')
    .set({ text: '', deleted_at: ctx.clock.now() })
    .where('project_id', '=', note.projectId)
    .where('id', '=', note.id)
    .execute()
  await audit(trx, ctx, actor, `${note.kind}.delete`, subjectOf(note), {
    projectId: note.projectId,
    details: { note: note.id },
  })
}
