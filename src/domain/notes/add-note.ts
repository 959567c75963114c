import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import type { RunKey } from '../runs/types.ts'

export interface NoteView {
  id: number
  author: string
  text: string
  created_at: string
}

/** Keeps what somebody learned from a run. A run takes notes whatever its status. */
export async function addNote(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  note: { text: string; author: string },
): Promise<NoteView> {
  const row = await trx
    .insertInto('notes')
    .values({
      project_id: key.projectId,
      author: note.author,
      text: ctx.mask(note.text),
      created_at: ctx.clock.now(),
    })
    .returning(['id', 'author', 'text', 'created_at'])
    .executeTakeFirstOrThrow()
  await sql`insert into note_runs (project_id, note_id, run_id)
    values (${key.projectId}, ${row.id}, ${key.runId}::uuid)`.execute(trx)
  await audit(trx, ctx, actor, 'note.add', key.runId, { projectId: key.projectId, details: { note: row.id } })
  return { ...row, created_at: row.created_at.toISOString() }
}
