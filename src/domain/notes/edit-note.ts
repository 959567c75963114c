import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'
import { isSamePerson } from '../people/same-person.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { checkedText, subjectOf } from './add-note.ts'
import { type NoteRow, readNote } from './read-notes.ts'

/** Who wants to change a note, and the only project that they may see. */
export interface Editor {
  account: string
  projectId?: number | undefined
}

/** Gives a note another text. @throws AppError not_found, forbidden for somebody else's note, invalid for no text */
export async function editNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  editor: Editor,
  id: number,
  typed: string,
): Promise<NoteRow> {
  const text = ctx.mask(checkedText(typed))
  const before = await lockNote(trx, editor, id)
  if (before.text === text) return before
  const now = ctx.clock.now()
  await trx
    .updateTable('notes')
    .set((eb) => ({
      text,
      edited_at: now,
      // What the chat message said before this moment is history now.
      source_version: eb.fn<number>('greatest', ['source_version', eb.val(now.getTime())]),
    }))
    .where('project_id', '=', before.projectId)
    .where('id', '=', id)
    .execute()
  await audit(trx, ctx, actor, `${before.kind}.edit`, subjectOf(before), {
    projectId: before.projectId,
    details: { note: id },
  })
  return await readNote(trx, id)
}

/** The note, taken for this transaction. @throws AppError not_found, forbidden for somebody else's note */
async function lockNote(trx: Transaction<Database>, editor: Editor, id: number): Promise<NoteRow> {
  await trx.selectFrom('notes').select('id').where('id', '=', id).forUpdate().execute()
  return await ownNote({ db: trx }, editor, id)
}

/** A note that the editor may change. @throws AppError not_found, forbidden for somebody else's note */
export async function ownNote(ctx: Pick<Ctx, 'db'>, editor: Editor, id: number): Promise<NoteRow> {
  const note = await readNote(ctx.db, id, editor.projectId)
  if (note.account !== null && (await isSamePerson(ctx, note.account, editor.account))) return note
  throw new AppError('forbidden', `This note is by ${note.author}: only they may change it.`, {
    field: 'note',
    value: id,
    allowed: note.author,
  })
}
