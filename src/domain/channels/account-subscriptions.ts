import type { Ctx } from '../../context.ts'
import type { Platform, ScheduleRow } from '../../db/tables.ts'

/** A channel in which the account has set something up. */
interface AccountChannel {
  channel: string
  /** Null until a command from the channel has given its name. */
  name: string | null
  paused: boolean
}

export interface AccountWatch extends AccountChannel {
  project: string
  events: string[]
}

export interface AccountSchedule extends AccountChannel {
  schedule: ScheduleRow
}

const MAX_ROWS = 100

/** The watches and scheduled reports that an account has set up, in all channels of its workspace. */
export async function accountSubscriptions(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace, account }: { platform: Platform; workspace: string; account: string },
): Promise<{ watches: AccountWatch[]; schedules: AccountSchedule[] }> {
  const watches = await ctx.db
    .selectFrom('subscriptions')
    .innerJoin('channels', 'channels.id', 'subscriptions.channel_id')
    .select(['channels.channel', 'channels.name', 'channels.paused_at'])
    .select(['subscriptions.project', 'subscriptions.events'])
    .where('channels.platform', '=', platform)
    .where('channels.workspace', '=', workspace)
    .where('subscriptions.created_by', '=', account)
    .orderBy('channels.name')
    .orderBy('subscriptions.project')
    .limit(MAX_ROWS)
    .execute()
  const schedules = await ctx.db
    .selectFrom('schedules')
    .innerJoin('channels', 'channels.id', 'schedules.channel_id')
    .selectAll('schedules')
    .select(['channels.channel', 'channels.name', 'channels.paused_at'])
    .where('channels.platform', '=', platform)
    .where('channels.workspace', '=', workspace)
    .where('schedules.created_by', '=', account)
    .orderBy('schedules.id')
    .limit(MAX_ROWS)
    .execute()
  return {
    watches: watches.map(({ paused_at, ...watch }) => ({ ...watch, paused: paused_at !== null })),
    schedules: schedules.map(({ channel, name, paused_at, ...schedule }) => {
      return { channel, name, paused: paused_at !== null, schedule }
    }),
  }
}
