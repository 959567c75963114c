import type { NoteRow, NoteView } from '../../domain/notes/read-notes.ts'
import { shownNote } from '../../domain/notes/read-notes.ts'
import { about, buttons, context, cut, message, paragraph, text } from '../../messages/build.ts'
import type { Block, Button } from '../../messages/model.ts'
import type { Answer } from './command.ts'

const RUNS_NAMED = 5

/** What somebody is told once a note of theirs is kept: the note, and how to change it. */
export function noteReceipt(note: NoteRow, runIds: string[], verb: 'kept' | 'changed'): Answer {
  const what = note.kind === 'learning' ? 'Learned' : 'Noted'
  const title = verb === 'changed' ? 'Changed' : what
  const where = note.runs.length === 0 ? `in ${note.project}` : `on ${runNames(note.runs)}`
  const blocks: Block[] = [
    paragraph(text(`${title} ${where}`, 'bold')),
    paragraph(cut(note.text, 600)),
    context(`By ${cut(note.author, 60)}; only you can change it.`),
    buttons(editButton(note)),
  ]
  const told = message('note', `${title} ${where}: ${note.text}`, blocks, 'good')
  return { message: about(told, runIds), data: { note: shownNote(note) } }
}

/** Opens the form that changes a note. */
export function editButton({ id }: Pick<NoteView, 'id'>): Button {
  return { id: `edit-${id}`, label: 'Edit', action: { do: 'form', form: { note: id } } }
}

/** 'churn#12, churn#13 and 4 more' */
export function runNames(runs: string[]): string {
  const named = runs.slice(0, RUNS_NAMED).map((ref) => cut(ref, 60))
  const more = runs.length - named.length
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
}
