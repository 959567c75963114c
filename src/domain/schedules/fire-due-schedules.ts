import type { Ctx } from '../../context.ts'
import type { ScheduleRow } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { emit } from '../../events.ts'
import { planDelivery } from '../deliveries/plan.ts'
import { findReport, REPORTS } from '../reports/index.ts'
import type { ReportInput } from '../reports/report.ts'
import { newestMissedSlot, nextSlot } from './slots.ts'

/** A report that leaves later than this after its slot says so. */
const LATE_MS = 60_000

/**
 * Plans the reports whose time has come, each slot once: the schedule's row is locked, moved on and the message
 * planned in one transaction. After a downtime only the newest missed slot is planned, marked late.
 * @returns how many were planned
 */
export async function fireDueSchedules(ctx: Ctx): Promise<number> {
  let fired = 0
  while (await fireNext(ctx)) fired += 1
  return fired
}

async function fireNext(ctx: Ctx): Promise<boolean> {
  return await transaction(ctx.db, async (trx) => {
    const now = ctx.clock.now()
    const schedule = await trx
      .selectFrom('schedules')
      .selectAll()
      .where('next_slot', '<=', now)
      // A report of a newer release waits for a process that has it.
      .where(
        'report',
        'in',
        REPORTS.map(({ name }) => name),
      )
      .orderBy('next_slot')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    const report = schedule && findReport(schedule.report)
    if (schedule === undefined || report === undefined) return false
    const when = { days: schedule.days, time: schedule.at_time, zone: schedule.zone }
    const slot = newestMissedSlot(when, schedule.last_slot, now) ?? schedule.next_slot
    const message = await report.build({ ...ctx, db: trx }, inputOf(schedule, slot, now))
    await planDelivery(trx, ctx, {
      channelId: schedule.channel_id,
      rule: `schedule:${schedule.id}`,
      subject: slot.toISOString(),
      state: 'report',
      message,
    })
    await trx
      .updateTable('schedules')
      .set({ last_slot: slot, next_slot: nextSlot(when, now) })
      .where('id', '=', schedule.id)
      .execute()
    ctx.checkpoint('slot.claimed')
    await emit(trx, ctx, 'channel.due', { channelId: schedule.channel_id })
    return true
  })
}

function inputOf(schedule: ScheduleRow, slot: Date, now: Date): ReportInput {
  return {
    project: schedule.project,
    channelId: schedule.channel_id,
    zone: schedule.zone,
    slot,
    // Until its first report a schedule remembers when it was made: there is no week before it.
    previousSlot: schedule.last_slot.getTime() === schedule.created_at.getTime() ? null : schedule.last_slot,
    late: now.getTime() - slot.getTime() > LATE_MS,
  }
}
