import type { ChannelRow } from '../../db/tables.ts'
import { pauseChannel } from '../../domain/deliveries/channel-state.ts'
import type { Courier } from './courier.ts'

/** Pauses a channel that keeps refusing, and notifies the people who asked for its messages elsewhere. */
export async function pauseAndNotify(courier: Courier, channel: ChannelRow, reason: string): Promise<void> {
  const { ctx } = courier
  await pauseChannel(ctx, channel, reason)
  ctx.log.error({ channel: channel.id, platform: channel.platform, reason }, 'route paused')
  await courier.onPaused(channel, reason)
}
