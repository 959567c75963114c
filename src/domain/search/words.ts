import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../db/tables.ts'

/** How words are looked for: all of them, or any of them where nothing has all. */
export interface WordQuery {
  all: RawBuilder<unknown>
  /** Undefined for a single word. */
  any: RawBuilder<unknown> | undefined
}

/**
 * The words that somebody looks for, as Postgres takes them: "quotes" hold a phrase, or is or, a leading - leaves out.
 * Any typed text is read as words and never fails.
 * @returns undefined when nothing is left of them ('the', 'of')
 */
export async function readWords(db: Kysely<Database>, words: string): Promise<WordQuery | undefined> {
  // What people join with a sign they also write apart: 'label_smoothing', 'label-smoothing'.
  const apart = words.replace(/(?<=\p{L})[-_./](?=\p{L})/gu, ' ')
  const { rows } = await sql<{ all: string; any: string }>`
    select websearch_to_tsquery('english', ${apart})::text as all,
      coalesce(string_agg(quote_literal(lexeme), ' | '), '') as any
    from unnest(to_tsvector('english', ${apart}))`.execute(db)
  const { all = '', any = '' } = rows[0] ?? {}
  if (all === '') return undefined
  return { all: sql`${all}::tsquery`, any: any === '' || any === all ? undefined : sql`${any}::tsquery` }
}
