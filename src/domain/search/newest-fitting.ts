import { type RawBuilder, sql } from 'kysely'

/** Among so many newest notes a word is looked for before its index is asked, which lists all notes that hold it. */
const NEAR = 4_000

/**
 * The newest notes that hold the words, as a subquery with `id` and `search`, newest first. Words that many notes hold
 * are met among the newest; for others the index lists few. Neither looks at all notes.
 * @param conditions of which notes, named `note`; always some
 */
export function newestFitting(
  query: RawBuilder<unknown>,
  conditions: RawBuilder<unknown>[],
  limit: number,
): RawBuilder<unknown> {
  const which = sql.join(conditions, sql` and `)
  // The planner guesses how far it has to walk for the newest, and a word of old notes has it walk over all of them:
  // it is told where to stop, and a sum is no order in which anything could be walked.
  return sql`(
    with near as materialized (
      select id, search from (
        select note.id, note.search from notes note where ${which} order by note.id desc limit ${NEAR}
      ) newest where search @@ ${query} order by id desc limit ${limit}
    ), far as materialized (
      select note.id, note.search from notes note
      where ${which} and note.search @@ ${query} and (select count(*) from near) < ${limit}
      order by note.id + 0 desc limit ${limit}
    )
    select id, search from far
    union all select id, search from near where (select count(*) from near) = ${limit}
  )`
}
