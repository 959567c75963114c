import { type Kysely, sql } from 'kysely'
import type { Database } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'
import { refOf } from '../values/ref.ts'

/** A note as the API shows it. */
export interface NoteView {
  id: number
  kind: 'note' | 'learning'
  project: string
  author: string
  /** Who may edit it: 'slack:T1:U1', 'person:ana'; null for notes of before. */
  account: string | null
  /** As it was typed. */
  text: string
  /** The runs that it is about: 'churn#12'. */
  runs: string[]
  /** The chat message that it is or was written under. */
  permalink: string | null
  created_at: string
  edited_at: string | null
}

export interface NoteRow extends NoteView {
  projectId: number
}

/**
 * Notes by their numbers, in that order; those that were taken back, have no text (any more) or belong to another
 * project than may be seen are left out.
 */
export async function readNotes(db: Kysely<Database>, ids: number[], visible?: number): Promise<NoteRow[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<Read>`
    select note.id, note.project_id, note.kind, project.name as project, note.author, note.author_account, note.text,
      note.permalink, note.created_at, note.edited_at,
      array(select run.number from note_runs link
        join runs run on run.project_id = link.project_id and run.id = link.run_id
        where link.project_id = note.project_id and link.note_id = note.id order by run.number) as numbers
    from notes note join projects project on project.id = note.project_id
    where note.id = any(${ids}::bigint[]) and note.deleted_at is null and note.text <> ''
      and ${visible === undefined ? sql`true` : sql`note.project_id = ${visible}`}`.execute(db)
  const views = new Map(rows.map((row) => [row.id, viewOf(row)]))
  return ids.flatMap((id) => views.get(id) ?? [])
}

/** One of them. @throws AppError not_found */
export async function readNote(db: Kysely<Database>, id: number, visible?: number): Promise<NoteRow> {
  const [note] = await readNotes(db, [id], visible)
  if (note === undefined) throw notFound(`There is no note ${id}.`, { field: 'note', value: id })
  return note
}

/** Without what only our own code needs. */
export function shownNote({ projectId: _projectId, ...note }: NoteRow): NoteView {
  return note
}

interface Read {
  id: number
  project_id: number
  kind: NoteView['kind']
  project: string
  author: string
  author_account: string | null
  text: string
  permalink: string | null
  created_at: Date
  edited_at: Date | null
  numbers: number[]
}

function viewOf(row: Read): NoteRow {
  return {
    projectId: row.project_id,
    id: row.id,
    kind: row.kind,
    project: row.project,
    author: row.author,
    account: row.author_account,
    text: row.text,
    runs: row.numbers.map((number) => refOf(row.project, number)),
    permalink: row.permalink,
    created_at: row.created_at.toISOString(),
    edited_at: row.edited_at?.toISOString() ?? null,
  }
}
