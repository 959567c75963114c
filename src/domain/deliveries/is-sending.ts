import type { Ctx } from '../../context.ts'
import type { ChannelKey } from '../channels/ensure-channel.ts'

/**
 * Whether a message is being sent to a channel, or was sent and its id is not stored yet. Until the id is stored, a
 * reply under the message cannot be matched to it.
 */
export async function isSending(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace, channel }: ChannelKey,
): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('deliveries')
    .innerJoin('channels', 'channels.id', 'deliveries.channel_id')
    .select('deliveries.id')
    .where('channels.platform', '=', platform)
    .where('channels.workspace', '=', workspace)
    .where('channels.channel', '=', channel)
    .where('deliveries.status', '=', 'sending')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
