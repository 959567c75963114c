import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'

export type PostedChannel = Pick<ChannelRow, 'workspace' | 'channel' | 'name'>

/** The channels of a platform with a subscription or a schedule, which get messages without a question. */
export async function postedChannels(
  ctx: Pick<Ctx, 'db'>,
  platform: ChannelRow['platform'],
): Promise<PostedChannel[]> {
  return await ctx.db
    .selectFrom('channels')
    .select(['workspace', 'channel', 'name'])
    .where('platform', '=', platform)
    .where((eb) =>
      eb.or([
        eb.exists(eb.selectFrom('subscriptions').select('id').whereRef('channel_id', '=', 'channels.id')),
        eb.exists(eb.selectFrom('schedules').select('id').whereRef('channel_id', '=', 'channels.id')),
      ]),
    )
    .orderBy('id')
    .execute()
}
