import { loadInBulk } from './load.ts'
import { noteColumns, noteRows } from './notes.ts'

/** So many notes, half a minute apart up to `end`, each about a run, written straight into the tables. */
export async function loadNotes(url: string, count: number, end: number): Promise<void> {
  await loadInBulk(url, ['notes', 'note_runs'], async (client) => {
    await client.query(
      `insert into notes (project_id, id, kind, author, text, created_at) overriding system value
       select project.id, n, kind, 'ana', text, to_timestamp(($1::bigint - (${count} - n) * 30000) / 1000.0)
       from (select ${noteColumns(count)} from ${noteRows(count)}) note join projects project on project.name = note.project
       order by n`,
      [end],
    )
    await client.query(
      `insert into note_runs (project_id, note_id, run_id)
       select note.project_id, note.id, run.id from notes note join projects project on project.id = note.project_id
       join runs run on run.project_id = note.project_id
         and run.number = 1 + (note.id * 7919) % (project.next_run_number - 1) order by note.id`,
    )
    await client.query(`select setval(pg_get_serial_sequence('notes', 'id'), ${count})`)
  })
}
