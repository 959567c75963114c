import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { RunKey } from '../../db/tables.ts'
import { newestFitting } from './newest-fitting.ts'
import { readWords } from './words.ts'
import { type NoteRow, readNotes } from '../notes/read-notes.ts'

export interface NotesInput {
  projectId?: number | undefined
  run?: RunKey | undefined
  kind?: 'note' | 'learning' | undefined
  /** Words that the note holds. */
  q?: string | undefined
  limit: number
  /** Only notes of before this one. */
  before?: number | undefined
}

/** Notes, the newest first. @returns `next`: what comes after is before this note; null at the end */
export async function pageNotes(
  ctx: Pick<Ctx, 'db'>,
  { projectId, run, kind, q, limit, before }: NotesInput,
): Promise<{ items: NoteRow[]; next: number | null }> {
  const conditions = [sql`note.deleted_at is null and note.text <> ''`]
  if (projectId !== undefined) conditions.push(sql`note.project_id = ${projectId}`)
  if (kind !== undefined) conditions.push(sql`note.kind = ${sql.lit(kind)}`)
  if (before !== undefined) conditions.push(sql`note.id < ${before}`)
  if (run !== undefined) {
    conditions.push(sql`note.project_id = ${run.projectId} and note.id in (select note_id from note_runs
      where project_id = ${run.projectId} and run_id = ${run.runId}::uuid)`)
  }
  const words = q === undefined ? undefined : await readWords(ctx.db, q)
  if (q !== undefined && words === undefined) return { items: [], next: null }
  const found =
    words === undefined
      ? sql`notes note where ${sql.join(conditions, sql` and `)}`
      : sql`${newestFitting(words.all, conditions, limit + 1, before)} note`
  const { rows } = await sql<{ id: number }>`
    select note.id from ${found} order by note.id desc limit ${limit + 1}`.execute(ctx.db)
  const ids = rows.slice(0, limit).map(({ id }) => id)
  return { items: await readNotes(ctx.db, ids), next: rows.length > limit ? (ids.at(-1) ?? null) : null }
}
