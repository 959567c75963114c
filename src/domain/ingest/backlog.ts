import { type Kysely, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'

/** Gauges of the point log: rows that are not folded, their bytes, and the age of the oldest in seconds. */
export async function readBacklog({ db, clock }: Pick<Ctx, 'db' | 'clock'>) {
  const { rows } = await sql<{ rows: number; bytes: number; oldest: Date | null }>`
    select count(*) as rows, coalesce(sum(octet_length(body)), 0)::bigint as bytes, min(arrived_at) as oldest
    from point_log where error is null`.execute(db)
  const [{ rows: count, bytes, oldest } = { rows: 0, bytes: 0, oldest: null }] = rows
  const age = oldest === null ? 0 : Math.max(0, clock.now().getTime() - oldest.getTime()) / 1_000
  return { point_log_rows: count, point_log_bytes: bytes, point_log_oldest_seconds: age }
}

/** How many rows of the log are set aside, and why the first of them is; undefined when none is. */
export async function readParked(db: Kysely<Database>): Promise<{ rows: number; error: string } | undefined> {
  const { rows } = await sql<{ rows: number; error: string | null }>`
    select count(*) as rows, min(error) as error from point_log where error is not null`.execute(db)
  const [{ rows: count, error } = { rows: 0, error: null }] = rows
  return error === null ? undefined : { rows: count, error }
}
