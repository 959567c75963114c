import { sql, type Transaction } from 'kysely'
import { POINT_BY_POINT, POINT_BYTES } from './packed-points.ts'
import type { Database, RunKey } from '../db/tables.ts'

/*
 * The newest points of a metric that come one by one lie in its summary: one more changes one row in its place, where
 * a row for each would be written, indexed, and put together with others soon after.
 */

/** A tail as packed points. */
export const PACKED_TAIL = `'\\x0${POINT_BY_POINT}'::bytea || tail`

/**
 * SQL that makes a row of points of each tail; the same statement has to take the tails off.
 * @param from what has the columns of summaries, their rows locked
 */
export function moveTails(from: string): string {
  return `insert into metric_chunks (project_id, run_id, metric_id, min_step, max_step, stepped, points, packed, loose)
    select project_id, run_id, metric_id, tail_step, max_seen_step, true, octet_length(tail) / ${POINT_BYTES},
      ${PACKED_TAIL}, true from ${from} where tail is not null`
}

/** Makes rows of all tails of a run. */
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
