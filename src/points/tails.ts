import { sql, type Transaction } from 'kysely'
import { POINT_BY_POINT, POINT_BYTES } from './packed-points.ts'
import type { Database, RunKey } from '../db/tables.ts'

/*
 * Adding a point to a tail updates the summary row, instead of inserting a chunk row that compaction would merge later.
 */

/** A tail as packed points. */
export const PACKED_TAIL = `'\\x0${POINT_BY_POINT}'::bytea || tail`

/**
 * SQL that inserts a chunk for each tail; the same statement has to clear the tails.
 * @param from a relation with the columns of summaries, their rows locked
 */
export function moveTails(from: string): string {
  return `insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed, loose)
    select project_id, run_id, metric_id, tail_step, max_seen_step, true, octet_length(tail) / ${POINT_BYTES},
      ${PACKED_TAIL}, true from ${from} where tail is not null`
}

/** Moves all tails of a run into chunks. */
export async function moveTailsOf(trx: Transaction<Database>, { projectId, runId }: RunKey): Promise<void> {
  await sql`with locked as materialized (
      select * from metric_summaries where project_id = ${projectId} and run_id = ${runId}::uuid and tail is not null
      order by metric_id for no key update
    ), moved as (
      ${sql.raw(moveTails('locked'))} returning metric_id
    )
    update metric_summaries locked set tail = null, tail_step = null, loose = locked.loose + 1 from moved
    where locked.project_id = ${projectId} and locked.run_id = ${runId}::uuid and locked.metric_id = moved.metric_id`.execute(
    trx,
  )
}
