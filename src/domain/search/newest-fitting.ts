import { type RawBuilder, sql } from 'kysely'

/** A word is looked for among so many newest notes before its index is asked, which lists all notes that hold it. */
const NEWEST_NOTES = 5_000

/**
 * The newest notes that hold the words, as a subquery with `id` and `search`. Words that many notes hold are met among
 * the newest; for others the index lists few. Neither looks at all notes.
 * @param conditions of which notes, named `note`; always some
 * @param before the conditions name only notes of before this one
 */
export function newestFitting(
  query: RawBuilder<unknown>,
  conditions: RawBuilder<unknown>[],
  limit: number,
  before?: number,
): RawBuilder<unknown> {
  const which = sql`${sql.join(conditions, sql` and `)} and note.search @@ ${query}`
  const newest = before === undefined ? sql`(select max(id) from notes)` : sql`${before}::bigint`
  // index: notes_by_id, notes_by_words, learnings_by_words
  // planner-hint: no-order-to-walk
  // The planner guesses how far it has to walk for the newest, and a word of old notes has it walk over all of them:
  // a bound says where to stop, and no index has the order of a sum.
  return sql`(
    with near as materialized (
      select note.id, note.search from notes note where ${which} and note.id > ${newest} - ${sql.lit(NEWEST_NOTES)}
      order by note.id desc limit ${limit}
    ), far as materialized (
      select note.id, note.search from notes note where ${which} and (select count(*) from near) < ${limit}
      order by note.id + 0 desc limit ${limit}
    )
    select id, search from far
    union all select id, search from near where (select count(*) from near) = ${limit}
  )`
}
