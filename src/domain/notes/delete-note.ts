import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { subjectOf } from './add-note.ts'
import type { NoteRow } from './read-notes.ts'

/** Takes a note back: its text is gone, its row stays, so that a late event of its message does not bring it back. */
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
