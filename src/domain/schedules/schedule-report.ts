import type { Ctx } from '../../context.ts'
import type { ScheduleRow } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { notFound } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { type ChannelKey, ensureChannel } from '../channels/ensure-channel.ts'
import { nextSlot, type When } from './slots.ts'

/** Posts a report, one of `REPORTS` by its name, to a channel again and again. @returns its number and its first slot */
export async function scheduleReport(
  ctx: Ctx,
  actor: Actor,
  channelKey: ChannelKey,
  input: { report: string; project: string | null; when: When; by: string },
): Promise<{ id: number; nextSlot: Date }> {
  return await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, channelKey)
    const now = ctx.clock.now()
    const next = nextSlot(input.when, now)
    const { id } = await trx
      .insertInto('schedules')
      .values({
        channel_id: channel.id,
        report: input.report,
        project: input.project,
        days: input.when.days,
        at_time: input.when.time,
        zone: input.when.zone,
        created_by: input.by,
        created_at: now,
        last_slot: now,
        next_slot: next,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx
      .updateTable('channels')
      .set({ refusals: 0, paused_at: null, pause_reason: null })
      .where('id', '=', channel.id)
      .execute()
    await audit(trx, ctx, actor, 'schedule.add', String(id), {
      details: { ...channelKey, ...input.when, project: input.project },
    })
    return { id, nextSlot: next }
  })
}

export async function listSchedules(ctx: Pick<Ctx, 'db'>, channelKey: ChannelKey): Promise<ScheduleRow[]> {
  return await ctx.db
    .selectFrom('schedules')
    .innerJoin('channels', 'channels.id', 'schedules.channel_id')
    .selectAll('schedules')
    .where('channels.platform', '=', channelKey.platform)
    .where('channels.workspace', '=', channelKey.workspace)
    .where('channels.channel', '=', channelKey.channel)
    .orderBy('schedules.id')
    .execute()
}

/** @throws AppError not_found with the numbers that this channel has */
export async function unschedule(
  ctx: Ctx,
  actor: Actor,
  channelKey: ChannelKey,
  id: number,
): Promise<ScheduleRow> {
  const schedules = await listSchedules(ctx, channelKey)
  const schedule = schedules.find((one) => one.id === id)
  if (schedule === undefined) {
    const numbers = schedules.map((one) => String(one.id))
    const what = numbers.length === 0 ? 'It has none.' : `It has ${numbers.join(', ')}.`
    throw notFound(`This channel has no schedule ${id}. ${what}`, {
      field: 'schedule',
      token: String(id),
      value: id,
      suggestions: numbers.slice(0, 3),
    })
  }
  await transaction(ctx.db, async (trx) => {
    await trx.deleteFrom('schedules').where('id', '=', id).execute()
    await audit(trx, ctx, actor, 'schedule.remove', String(id), { details: { ...channelKey } })
  })
  return schedule
}
