import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Events } from '../../events.ts'
import { sameMessage } from '../deliveries/same-message.ts'
import type { Message } from '../../messages/model.ts'
import { reviseDelivery } from '../deliveries/plan.ts'
import { readAnnouncements } from './announcements.ts'
import { markShared } from './mark-shared.ts'
import { lockAnnouncements } from './project-lock.ts'
import { recordMessage } from './record-message.ts'

type Validity = Events['run.validity']

/**
 * A run was made invalid or valid again: messages that told of its records are edited to what is true now, those
 * that were shared and show it say so. Nothing new is posted.
 * @returns the channels that have something to send now
 */
export async function announceValidity(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Validity,
): Promise<number[]> {
  await lockAnnouncements(trx, event.projectId)
  const records = await reviseRecords(trx, ctx, event)
  const shared = await markShared(trx, ctx, event)
  return [...new Set([...records, ...shared])]
}

async function reviseRecords(trx: Transaction<Database>, ctx: Ctx, event: Validity): Promise<number[]> {
  const now = ctx.clock.now()
  const channels: number[] = []
  for (const { id, channel_id, message } of await affected(trx, event)) {
    const told = await readAnnouncements(trx, id)
    const revised = await recordMessage(trx, ctx, event.projectId, told)
    if (sameMessage(revised, message as Message)) continue
    await reviseDelivery(trx, id, revised, now)
    channels.push(channel_id)
  }
  return channels
}

/** Messages that name the run; of one that is valid again also those that were written as if it had never been. */
async function affected(
  trx: Transaction<Database>,
  { projectId, runId, since }: Validity,
): Promise<{ id: number; channel_id: number; message: unknown }[]> {
  const own = JSON.stringify([{ runId }])
  const previous = JSON.stringify([{ previous: { runId } }])
  const meanwhile =
    since === null
      ? sql`false`
      : sql`(told.created_at >= ${since}::timestamptz or (told.beaten_by ->> 'at')::timestamptz >= ${since}::timestamptz)`
  const { rows } = await sql<{ id: number; channel_id: number; message: unknown }>`
    select delivery.id, delivery.channel_id, delivery.message from deliveries delivery
    where delivery.status <> 'failed' and delivery.id in (
      select told.delivery_id from announcements told
      where told.project_id = ${projectId} and told.metric_id in (
          select metric_id from metric_summaries where project_id = ${projectId} and run_id = ${runId}::uuid)
        and (told.records @> ${own}::jsonb or told.records @> ${previous}::jsonb
          or told.beaten_by ->> 'runId' = ${runId} or ${meanwhile}))
    order by delivery.id`.execute(trx)
  return rows
}
