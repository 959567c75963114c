import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { type NoteRow, readNotes } from '../notes/read-notes.ts'

/** Of what fits only the newest are put in order, so that a word that everybody uses costs no more than a rare one. */
const RANKED = 1_000

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
  const within = projectId === undefined ? sql`true` : sql`project_id = ${projectId}`
  const { rows } = await sql<{ id: number }>`
    select id from (
      select id, search from notes
      where search @@ ${query} and kind = ${sql.lit(kind)} and deleted_at is null and ${within}
      order by id desc limit ${RANKED}
    ) fitting order by ts_rank_cd(search, ${query}) desc, id desc limit ${limit}`.execute(ctx.db)
  return await readNotes(
    ctx.db,
    rows.map(({ id }) => id),
  )
}
