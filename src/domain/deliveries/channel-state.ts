import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { failOpenDeliveries } from './store.ts'

/** So many definite refusals in a row say that the channel, not the moment, is wrong. */
export const REFUSALS_TO_PAUSE = 5

type Channel = Pick<ChannelRow, 'id'>

/** The channel with what its sender must heed: pause, hold, refusals and lease. */
export async function readChannel({ db }: Pick<Ctx, 'db'>, id: number): Promise<ChannelRow | undefined> {
  return await db.selectFrom('channels').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Nothing is sent to the channel before `until`, so that order stays. */
export async function delayChannel({ db }: Pick<Ctx, 'db'>, { id }: Channel, until: Date): Promise<void> {
  await db.updateTable('channels').set({ next_post_at: until }).where('id', '=', id).execute()
}

/** The channel took a post: it refuses no longer, and the next post waits for the platform's interval. */
export async function channelTookPost({ db }: Pick<Ctx, 'db'>, { id }: Channel, next: Date): Promise<void> {
  await db.updateTable('channels').set({ refusals: 0, next_post_at: next }).where('id', '=', id).execute()
}

/** Counts definite refusals in a row. */
export async function countRefusals(
  { db }: Pick<Ctx, 'db'>,
  { id }: Channel,
  refusals: number,
): Promise<void> {
  await db.updateTable('channels').set({ refusals }).where('id', '=', id).execute()
}

/** Pauses a channel that keeps refusing, and gives up what is open there. */
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
    await failOpenDeliveries(trx, id, `route paused: ${reason}`)
  })
}
