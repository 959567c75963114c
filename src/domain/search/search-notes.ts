import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { type NoteRow, readNotes } from '../notes/read-notes.ts'
import { newestFitting } from './newest-fitting.ts'

/** Of what fits only the newest are put in order, so that a word that everybody uses costs no more than a rare one. */
const RANKED = 500

export interface NoteSearch {
  query: RawBuilder<unknown>
  kind: 'note' | 'learning'
  projectId: number | undefined
  limit: number
}

/** Notes that hold the words, the best fitting first, of equal ones the newest. */
export async function searchNotes(
  ctx: Pick<Ctx, 'db'>,
  { query, kind, projectId, limit }: NoteSearch,
): Promise<NoteRow[]> {
  const conditions = [sql`note.kind = ${sql.lit(kind)} and note.deleted_at is null`]
  if (projectId !== undefined) conditions.push(sql`note.project_id = ${projectId}`)
  const { rows } = await sql<{ id: number }>`
    select id from ${newestFitting(query, conditions, RANKED)} fitting
    order by ts_rank_cd(search, ${query}) desc, id desc limit ${limit}`.execute(ctx.db)
  return await readNotes(
    ctx.db,
    rows.map(({ id }) => id),
  )
}
