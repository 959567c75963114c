import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** What lies in the point log. */
export interface LogStatus {
  /** Requests, or parts of large ones, that are not folded yet. */
  rows: number
  bytes: number
  /** How long the oldest of them has waited; 0 without any. */
  oldest_seconds: number
  /** Requests that no fold can read, and why the first of them is set aside. */
  parked?: { rows: number; error: string }
}

export async function readLogStatus({ db, clock }: Pick<Ctx, 'db' | 'clock'>): Promise<LogStatus> {
  const { rows } = await sql<{
    rows: number
    bytes: number
    oldest: Date | null
    parked: number
    error: string | null
  }>`select count(*) filter (where error is null) as rows,
      coalesce(sum(octet_length(body)) filter (where error is null), 0)::bigint as bytes,
      min(arrived_at) filter (where error is null) as oldest, count(error) as parked, min(error) as error
    from point_log`.execute(db)
  const [{ rows: waiting, bytes, oldest, parked, error } = NOTHING] = rows
  const age = oldest === null ? 0 : Math.max(0, clock.now().getTime() - oldest.getTime()) / 1_000
  return {
    ...{ rows: waiting, bytes, oldest_seconds: age },
    ...(error === null ? {} : { parked: { rows: parked, error } }),
  }
}

const NOTHING = { rows: 0, bytes: 0, oldest: null, parked: 0, error: null }
