import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'

const SHOWN_LIMIT = 20

export type PausedChannel = Pick<ChannelRow, 'platform' | 'name' | 'channel' | 'pause_reason'>

/** Channels that are not posted to until `/exp watch` resumes them; the first 20. */
export async function pausedChannels(ctx: Pick<Ctx, 'db'>): Promise<PausedChannel[]> {
  return await ctx.db
    .selectFrom('channels')
    .select(['platform', 'name', 'channel', 'pause_reason'])
    .where('paused_at', 'is not', null)
    .limit(SHOWN_LIMIT)
    .execute()
}
