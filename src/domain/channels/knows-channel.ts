import type { Ctx } from '../../context.ts'
import type { ChannelKey } from './ensure-channel.ts'

/** The id of a channel's row; undefined when nothing was ever posted or set up in the channel. */
export async function channelIdOf(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace, channel }: ChannelKey,
): Promise<number | undefined> {
  const row = await ctx.db
    .selectFrom('channels')
    .select('id')
    .where('platform', '=', platform)
    .where('workspace', '=', workspace)
    .where('channel', '=', channel)
    .executeTakeFirst()
  return row?.id
}

/** Whether something was ever posted or set up in a channel. */
export async function knowsChannel(ctx: Pick<Ctx, 'db'>, channelKey: ChannelKey): Promise<boolean> {
  return (await channelIdOf(ctx, channelKey)) !== undefined
}
