import type { Ctx } from '../../context.ts'
import type { ChannelAddress } from './ensure-channel.ts'

/** Whether something was ever posted or set up there. */
export async function knowsChannel(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace, channel }: ChannelAddress,
): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('channels')
    .select('id')
    .where('platform', '=', platform)
    .where('workspace', '=', workspace)
    .where('channel', '=', channel)
    .executeTakeFirst()
  return row !== undefined
}
