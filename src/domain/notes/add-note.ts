import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { invalid } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { type NoteRow, readNote } from './read-notes.ts'

export const NOTE_LIMIT = 10_000
/** A range that is longer was hardly meant. */
export const MAX_RUNS = 100

export interface NewNote {
  projectId: number
  /** A note is about one run at least; a learning may be about none. */
  runIds: string[]
  /** A learning is shown to people who ask whether something was tried. */
  kind?: 'note' | 'learning'
  text: string
  author: string
  /** An account key: who may edit the note. */
  account: string
  permalink?: string | undefined
}

/**
 * Stores what somebody says of runs in any status.
 * @throws AppError invalid for an empty or too long text, or too many runs
 */
export async function addNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  note: NewNote,
): Promise<NoteRow> {
  const text = checkedText(note.text)
  if (note.runIds.length > MAX_RUNS) {
    throw invalid('run', `A note is about ${MAX_RUNS} runs at most.`, { value: note.runIds.length })
  }
  const { id } = await trx
    .insertInto('notes')
    .values({
      project_id: note.projectId,
      kind: note.kind ?? 'note',
      author: note.author,
      author_account: note.account,
      text: ctx.mask(text),
      permalink: note.permalink ?? null,
      created_at: ctx.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await linkRuns(trx, note.projectId, id, note.runIds)
  const view = await readNote(trx, id)
  await audit(trx, ctx, actor, `${view.kind}.add`, subjectOf(view), {
    projectId: note.projectId,
    details: { note: id, author: note.author },
  })
  return view
}

export async function linkRuns(
  trx: Transaction<Database>,
  projectId: number,
  noteId: number,
  runIds: string[],
): Promise<void> {
  await sql`insert into note_runs (project_id, note_id, run_id)
    select ${projectId}, ${noteId}, run from unnest(${runIds}::uuid[]) as run on conflict do nothing`.execute(
    trx,
  )
}

/** @throws AppError invalid that names the field */
export function checkedText(typed: string): string {
  // Browsers send other line breaks than people type elsewhere.
  const text = typed.replace(/\r\n?/g, '\n').trim()
  if (text === '') throw invalid('text', 'A note needs a text.', { value: typed })
  if (text.length > NOTE_LIMIT) {
    throw invalid('text', `A note has at most ${NOTE_LIMIT} characters; this one has ${text.length}.`, {
      allowed: `${NOTE_LIMIT} characters`,
    })
  }
  return text
}

/** 'churn#12, churn#14', or the project of a learning about none. */
export function subjectOf({ runs, project }: Pick<NoteRow, 'runs' | 'project'>): string {
  return runs.length === 0 ? project : runs.join(', ')
}
