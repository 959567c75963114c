import type { RawBuilder } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { NoteRow } from '../notes/read-notes.ts'
import type { RunView } from '../runs/types.ts'
import { searchNotes } from './search-notes.ts'
import { searchRuns } from './search-runs.ts'
import { readWords } from './words.ts'

interface Found {
  /** Best first, as the notes. */
  learnings: NoteRow[]
  notes: NoteRow[]
  /** Newest first, failed and invalid ones too: what did not work is worth knowing. */
  runs: RunView[]
}

export interface Tried extends Found {
  /** Nothing held all of the words: these hold some. */
  loose: boolean
}

export interface TriedInput {
  words: string
  projectId: number | undefined
  /** Of each kind. */
  limit: number
}

/**
 * What is known of something that somebody is about to try: learnings, notes and runs by full-text search.
 * @returns undefined when the words say nothing to look for ('the', 'of')
 */
export async function tried(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  { words, projectId, limit }: TriedInput,
): Promise<Tried | undefined> {
  const query = await readWords(ctx.db, words)
  if (query === undefined) return undefined
  const exact = await search(ctx, query.all, projectId, limit)
  if (exact.learnings.length + exact.notes.length + exact.runs.length > 0) return { ...exact, loose: false }
  return {
    ...(query.any === undefined ? exact : await search(ctx, query.any, projectId, limit)),
    loose: true,
  }
}

async function search(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  query: RawBuilder<unknown>,
  projectId: number | undefined,
  limit: number,
): Promise<Found> {
  const [learnings, notes, runs] = await Promise.all([
    searchNotes(ctx, { query, kind: 'learning', projectId, limit }),
    searchNotes(ctx, { query, kind: 'note', projectId, limit }),
    searchRuns(ctx, { query, projectId, limit }),
  ])
  return { learnings, notes, runs }
}
