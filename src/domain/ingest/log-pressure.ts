import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { RunKey } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'

/** How long what was measured counts, plus what this process has appended since. */
const MEASURE_EVERY_MS = 1_000
/**
 * Below this part nothing is measured: a scan of the log also passes rows that were folded and that a transaction open
 * elsewhere keeps from being vacuumed.
 */
const MEASURE_FROM = 1 / 8
/** A run may fill this part of the log: the points of the others still find room. */
const RUN_SHARE = 1 / 4
/** From this part on, who appends folds as well. */
const FOLD_FROM = 1 / 2
/** How long a client waits before it tries again. */
const RETRY_AFTER_S = 2
/** The largest runs are enough to see which one is above its share. */
const MAX_RUNS_MEASURED = 100

/** How full the point log is, as one process sees it. */
export interface LogPressure {
  /** Before an append. @throws AppError rate_limited while there is no room for so many bytes */
  admit(key: RunKey, bytes: number): void
  /** After it. @returns whether this process should fold a piece of the run before it answers */
  count(key: RunKey, bytes: number): boolean
}

interface Measured {
  at: number
  total: number
  runs: Map<string, number>
  /** What the run with the most has. */
  largest: number
}

/** @param maxBytes what may wait in the log, of all processes together */
export function createLogPressure(ctx: Pick<Ctx, 'db' | 'clock'>, maxBytes: number): LogPressure {
  let measured: Measured = { at: Number.NEGATIVE_INFINITY, total: 0, runs: new Map(), largest: 0 }
  let measuring = false
  const measure = async () => {
    const at = ctx.clock.now().getTime()
    const fullest = Math.max(measured.total, measured.largest / RUN_SHARE)
    const isLow = fullest < maxBytes * MEASURE_FROM
    if (measuring || isLow || Math.abs(at - measured.at) < MEASURE_EVERY_MS) return
    measuring = true
    // What could not be measured is measured with the next append; the append itself says what is wrong.
    const found = await readLogBytes(ctx).catch(() => undefined)
    if (found !== undefined) measured = { at, ...found }
    measuring = false
  }
  const partsOf = ({ runId }: RunKey, bytes: number) => {
    const own = (measured.runs.get(runId) ?? 0) + bytes
    return Math.max((measured.total + bytes) / maxBytes, own / (maxBytes * RUN_SHARE))
  }
  return {
    admit: (key, bytes) => {
      void measure()
      if (partsOf(key, bytes) <= 1) return
      throw new AppError('rate_limited', 'More points wait to be folded than the point log may hold.', {
        retryAfterS: RETRY_AFTER_S,
        allowed: 'the same request again, a little later; POINT_LOG_MAX_MB says how much may wait',
      })
    },
    count: (key, bytes) => {
      measured.total += bytes
      const own = (measured.runs.get(key.runId) ?? 0) + bytes
      measured.runs.set(key.runId, own)
      measured.largest = Math.max(measured.largest, own)
      return partsOf(key, 0) > FOLD_FROM
    },
  }
}

async function readLogBytes({ db }: Pick<Ctx, 'db'>): Promise<Omit<Measured, 'at'>> {
  const { rows } = await sql<{ run_id: string; bytes: number; total: number }>`
    select run_id, sum(octet_length(body))::bigint as bytes, (sum(sum(octet_length(body))) over ())::bigint as total
    from point_log where error is null group by run_id order by 2 desc limit ${MAX_RUNS_MEASURED}`.execute(db)
  const runs = new Map(rows.map(({ run_id, bytes }) => [run_id, bytes]))
  return { total: rows[0]?.total ?? 0, runs, largest: rows[0]?.bytes ?? 0 }
}
