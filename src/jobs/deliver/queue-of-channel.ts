import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { DeliveryRow } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'

export type Delivery = DeliveryRow & {
  message: Message
  /** Of the message it replies to; null for a post of its own. */
  parent: { externalId: string | null; status: string } | null
}

/** The oldest message of the channel that is not settled: order is kept, so it stands before all others. */
export async function nextOpenPost(ctx: Ctx, channelId: number): Promise<Delivery | undefined> {
  const row = await ctx.db
    .selectFrom('deliveries')
    .leftJoin('deliveries as parent', 'parent.id', 'deliveries.parent_id')
    .selectAll('deliveries')
    .select(['parent.external_id as parent_external_id', 'parent.status as parent_status'])
    .where('deliveries.channel_id', '=', channelId)
    .where('deliveries.status', 'in', ['planned', 'sending'])
    .orderBy('deliveries.id')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : delivery(row)
}

/** The edit of a posted message that is due longest. */
export async function nextDueEdit(ctx: Ctx, channelId: number, now: Date): Promise<Delivery | undefined> {
  const row = await ctx.db
    .selectFrom('deliveries')
    .leftJoin('deliveries as parent', 'parent.id', 'deliveries.parent_id')
    .selectAll('deliveries')
    .select(['parent.external_id as parent_external_id', 'parent.status as parent_status'])
    .where('deliveries.channel_id', '=', channelId)
    .where('deliveries.status', '=', 'sent')
    .where('deliveries.edit_due_at', '<=', now)
    .orderBy('deliveries.edit_due_at')
    .orderBy('deliveries.id')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : delivery(row)
}

/** When the channel has something to do next; null: nothing is planned. */
export async function nextWake(ctx: Ctx, channelId: number): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(at) as at from (
      select due_at as at from deliveries where channel_id = ${channelId} and status in ('planned', 'sending')
      union all
      select edit_due_at from deliveries
      where channel_id = ${channelId} and status = 'sent' and edit_due_at is not null
    ) pending`.execute(ctx.db)
  return rows[0]?.at ?? null
}

function delivery(
  row: DeliveryRow & { parent_external_id: string | null; parent_status: string | null },
): Delivery {
  const { parent_external_id, parent_status, ...own } = row
  return {
    ...own,
    message: own.message as Message,
    parent: parent_status === null ? null : { externalId: parent_external_id, status: parent_status },
  }
}
