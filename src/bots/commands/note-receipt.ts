import { noteBody, plainNote } from '../../domain/notes/markdown.ts'
import type { NoteRow, NoteView } from '../../domain/notes/read-notes.ts'
import { shownNote } from '../../domain/notes/read-notes.ts'
import { about, buttons, context, cut, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Button } from '../../messages/model.ts'
import type { Answer } from './command.ts'
import { runNames } from './named-runs.ts'

/** The reply to a person whose note was stored: the note, and how to change it. */
export function noteReceipt(note: NoteRow, runIds: string[], verb: 'kept' | 'changed'): Answer {
  const what = note.kind === 'learning' ? 'Learned' : 'Noted'
  const title = verb === 'changed' ? 'Changed' : what
  const where = note.runs.length === 0 ? `in ${note.project}` : `on ${runNames(note.runs)}`
  const blocks: Block[] = [
    paragraph(text(`${title} ${where}`, 'bold')),
    ...noteBody(note.text, 600),
    context(`By ${cut(note.author, 60)}; only you can change it.`),
    buttons(editButton(note)),
  ]
  const told = message('note', `${title} ${where}: ${plainNote(note.text)}`, blocks, 'good')
  return { message: about(told, runIds), data: { note: shownNote(note) } }
}

/** Opens the form that changes a note. */
export function editButton({ id }: Pick<NoteView, 'id'>, label = 'Edit'): Button {
  return { id: `edit-${id}`, label, action: { do: 'form', form: { note: id } } }
}
