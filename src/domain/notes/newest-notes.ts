import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { RunKey } from '../../db/tables.ts'
import { type NoteRow, readNotes } from './read-notes.ts'

export interface NewestNote {
  note: NoteRow
  /** How many the run has. */
  count: number
}

/** Run id to its newest note, for the runs that have one. */
export async function newestNotes(ctx: Pick<Ctx, 'db'>, keys: RunKey[]): Promise<Map<string, NewestNote>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ run_id: string; id: number; count: number }>`
    select distinct on (link.run_id) link.run_id, link.note_id as id,
      count(*) over (partition by link.run_id)::int as count
    from unnest(${keys.map(({ projectId }) => projectId)}::int[], ${keys.map(({ runId }) => runId)}::uuid[])
      as wanted(project_id, run_id)
    join note_runs link on link.project_id = wanted.project_id and link.run_id = wanted.run_id
    join notes note on note.project_id = link.project_id and note.id = link.note_id
    where note.deleted_at is null and note.text <> ''
    order by link.run_id, note.created_at desc, note.id desc`.execute(ctx.db)
  const notes = await readNotes(
    ctx.db,
    rows.map(({ id }) => id),
  )
  const byId = new Map(notes.map((note) => [note.id, note]))
  return new Map(
    rows.flatMap(({ run_id, id, count }) => {
      const note = byId.get(id)
      return note === undefined ? [] : [[run_id, { note, count }] as const]
    }),
  )
}
