import type { Ctx } from '../../context.ts'
import type { ChannelRow } from '../../db/tables.ts'

const SHOWN_LIMIT = 20

export type PausedChannel = Pick<ChannelRow, 'platform' | 'name' | 'channel' | 'pause_reason'>

/** The first 20 paused channels. The sender skips a paused channel until `/exp watch` resumes it. */
export async function pausedChannels(ctx: Pick<Ctx, 'db'>): Promise<PausedChannel[]> {
  return await ctx.db
    .selectFrom('channels')
    .select(['platform', 'name', 'channel', 'pause_reason'])
    .where('paused_at', 'is not', null)
    .limit(SHOWN_LIMIT)
    .execute()
}
