import { CONSOLE_CHANNEL } from '../../bots/console/transport.ts'
import type { Transport } from '../../bots/transport.ts'
import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'
import { pausedMessage, subscriberIds } from '../../domain/channels/paused-message.ts'
import { ensureChannel } from '../../domain/channels/ensure-channel.ts'
import { planDelivery } from '../../domain/deliveries/plan.ts'
import { emit } from '../../events.ts'
import { messageOf } from '../../errors.ts'

/**
 * Sends the people who asked for messages in a channel a direct message that they are paused; where none can be reached, the
 * console hears of it. The messages are planned like any other, so that they are sent once.
 */
export async function notifyPeople(
  ctx: Ctx,
  transports: Map<string, Transport>,
  channel: ChannelRow,
  reason: string,
): Promise<void> {
  const transport = transports.get(channel.platform)
  const told = await Promise.all(
    (await subscriberIds(ctx, channel.id)).map(async (person) => {
      try {
        return await transport?.direct?.(channel.workspace, person)
      } catch (error) {
        ctx.log.warn({ channel: channel.id, error: messageOf(error) }, 'no direct message possible')
        return undefined
      }
    }),
  )
  const reachable = told.filter((address) => address !== undefined)
  const fallback = { platform: 'console' as const, workspace: '', channel: CONSOLE_CHANNEL }
  const pausedAt = ctx.clock.now().toISOString()
  await ctx.db.transaction().execute(async (trx) => {
    for (const address of reachable.length === 0 ? [fallback] : reachable) {
      const to = await ensureChannel(trx, ctx, address)
      await planDelivery(trx, ctx, {
        channelId: to.id,
        rule: 'route-paused',
        subject: `channel:${channel.id}`,
        state: pausedAt,
        message: pausedMessage(channel, reason),
      })
      await emit(trx, ctx, 'channel.due', { channelId: to.id })
    }
  })
}
