import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { failOpenDeliveries } from './store.ts'

/** After this number of definite refusals in a row the sender pauses the channel. */
export const REFUSALS_TO_PAUSE = 5

type Channel = Pick<ChannelRow, 'id'>

/** The channel's row, with its pause, its next posting time, its refusals and its lease. */
export async function readChannel({ db }: Pick<Ctx, 'db'>, id: number): Promise<ChannelRow | undefined> {
  return await db.selectFrom('channels').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Delays all posts to the channel until `until`, so that they keep their order. */
export async function delayChannel({ db }: Pick<Ctx, 'db'>, { id }: Channel, until: Date): Promise<void> {
  await db.updateTable('channels').set({ next_post_at: until }).where('id', '=', id).execute()
}

/** Records that the platform accepted a post: resets the refusals, and sets when the next post may be sent. */
export async function markChannelPosted({ db }: Pick<Ctx, 'db'>, { id }: Channel, next: Date): Promise<void> {
  await db.updateTable('channels').set({ refusals: 0, next_post_at: next }).where('id', '=', id).execute()
}

/** Stores the number of definite refusals in a row. */
export async function countRefusals(
  { db }: Pick<Ctx, 'db'>,
  { id }: Channel,
  refusals: number,
): Promise<void> {
  await db.updateTable('channels').set({ refusals }).where('id', '=', id).execute()
}

/** Pauses a channel that keeps refusing posts, and fails its open messages. */
export async function pauseChannel(
  { db, clock }: Pick<Ctx, 'db' | 'clock'>,
  { id }: Channel,
  reason: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('channels')
      .set({ paused_at: clock.now(), pause_reason: reason, refusals: REFUSALS_TO_PAUSE })
      .where('id', '=', id)
      .execute()
    await failOpenDeliveries(trx, id, `channel paused: ${reason}`)
  })
}
