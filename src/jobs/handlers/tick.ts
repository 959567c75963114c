import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { forgetSessions } from '../../domain/access/sessions.ts'
import { findLostRuns } from '../../domain/runs/find-lost-runs.ts'
import { fireDueSchedules } from '../../domain/schedules/fire-due-schedules.ts'
import { messageOf } from '../../errors.ts'

/**
 * The net under everything that is woken by an event or a timer: lost runs, due schedules, and channels with work
 * that nobody is doing (a job that Redis forgot, a process that died, a hold that ended).
 * @returns the channels to drain
 */
export async function tick(ctx: Ctx): Promise<number[]> {
  await guarded(ctx, 'lost runs', () => findLostRuns(ctx))
  await guarded(ctx, 'schedules', () => fireDueSchedules(ctx))
  return await dueChannels(ctx)
}

/** One part that fails must not keep the others from running. */
async function guarded(ctx: Ctx, part: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    ctx.log.error({ part, error: messageOf(error) }, 'a part of the tick failed; it is tried again')
  }
}

async function dueChannels(ctx: Ctx): Promise<number[]> {
  const now = ctx.clock.now()
  const { rows } = await sql<{ channel_id: number }>`
    select distinct pending.channel_id from (
      select channel_id from deliveries where status in ('planned', 'sending') and due_at <= ${now}
      union all
      select channel_id from deliveries where edit_due_at <= ${now} and status = 'sent'
    ) pending
    join channels on channels.id = pending.channel_id
    where channels.paused_at is null and (channels.next_post_at is null or channels.next_post_at <= ${now})`.execute(
    ctx.db,
  )
  return rows.map((row) => row.channel_id)
}

const HOUR_MS = 3_600_000

/** Rows that go in one statement; whatever is left goes an hour later at the latest. */
const SWEPT = 5_000
const ROUNDS = 20

/** What has served its time, and when: repeated requests and kept answers after a day, seen events after a week. */
const FORGOTTEN: { table: string; at: string; afterHours: number }[] = [
  { table: 'idempotency_keys', at: 'created_at', afterHours: 24 },
  { table: 'answers', at: 'created_at', afterHours: 24 },
  { table: 'events_seen', at: 'seen_at', afterHours: 24 * 7 },
  { table: 'mutes', at: 'until', afterHours: 24 },
]

/** Forgets in bounded pieces, so that no statement holds others up however much has piled up. */
export async function sweep(ctx: Ctx): Promise<void> {
  for (const { table, at, afterHours } of FORGOTTEN) {
    const before = new Date(ctx.clock.now().getTime() - afterHours * HOUR_MS)
    for (let round = 0; round < ROUNDS; round++) {
      const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where ctid in (
        select ctid from ${sql.table(table)} where ${sql.ref(at)} <= ${before} limit ${SWEPT})`.execute(
        ctx.db,
      )
      if (Number(numAffectedRows) < SWEPT) break
    }
  }
  await forgetSessions(ctx.db, ctx.clock.now())
}
