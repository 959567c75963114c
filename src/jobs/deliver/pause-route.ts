import type { ChannelRow } from '../../db/tables.ts'
import type { Courier } from './courier.ts'

/** So many definite refusals in a row say that the place, not the moment, is wrong. */
export const REFUSALS_TO_PAUSE = 5

/** Stops a channel that keeps refusing: what waits for it is given up, and its people are told elsewhere. */
export async function pauseRoute(courier: Courier, channel: ChannelRow, reason: string): Promise<void> {
  const { ctx } = courier
  await ctx.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('channels')
      .set({ paused_at: ctx.clock.now(), pause_reason: reason, refusals: REFUSALS_TO_PAUSE })
      .where('id', '=', channel.id)
      .execute()
    await trx
      .updateTable('deliveries')
      .set({ status: 'failed', last_error: `route paused: ${reason}` })
      .where('channel_id', '=', channel.id)
      .where('status', 'in', ['planned', 'sending'])
      .execute()
  })
  ctx.log.error({ channel: channel.id, platform: channel.platform, reason }, 'route paused')
  await courier.onPaused(channel, reason)
}
