import type { Generated } from 'kysely'

export interface NotesTables {
  notes: NotesTable
  note_runs: NoteRunsTable
  run_labels: RunLabelsTable
}

interface NotesTable {
  project_id: number
  id: Generated<number>
  /** A learning is shown again to people who try the same. */
  kind: Generated<'note' | 'learning'>
  author: string
  /** Who may edit it: 'slack:T1:U1', 'discord:99:7', 'person:ana'. Null for older notes. */
  author_account: string | null
  /** Empty once the note was deleted. */
  text: string
  /** The chat message that is the note, 'slack:T1:C1:1700.1': events about that message change this note only. */
  source: string | null
  /** When the message was last changed, by its platform's clock: an older event that comes late changes nothing. */
  source_version: Generated<number>
  permalink: string | null
  created_at: Date
  edited_at: Date | null
  /** The row stays without its text, so that an event that comes late does not bring the note back. */
  deleted_at: Date | null
}

/** The runs that a note is about; a learning may be about none. */
interface NoteRunsTable {
  project_id: number
  note_id: number
  run_id: string
}

/** Reactions as labels: one row per account and message, present or removed; the newest version wins. */
interface RunLabelsTable {
  project_id: number
  run_id: string
  label: string
  account: string
  /** The message that carries the reaction; '' for a label given otherwise. */
  source: Generated<string>
  present: boolean
  /** Microseconds since 1970 by the platform's clock: an older event that comes late changes nothing. */
  version: number
  /** The name of the account that gave the label. */
  name: Generated<string>
  at: Date
}
