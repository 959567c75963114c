import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow, Database } from '../../db/tables.ts'

/**
 * Locks the channels that watch an event of a project, in the order of their ids, so that two events never plan
 * messages for one channel at the same time. Paused and muted channels are left out.
 */
export async function subscribedChannels(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  project: string,
  event: string,
): Promise<ChannelRow[]> {
  return await trx
    .selectFrom('channels')
    .selectAll()
    .where('paused_at', 'is', null)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('subscriptions')
        .select('channel_id')
        .where('project', '=', project)
        .where('events', '@>', sql<string[]>`array[${event}]::text[]`),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('mutes')
            .select('mutes.rule')
            .whereRef('mutes.channel_id', '=', 'channels.id')
            .where('mutes.rule', '=', event)
            .where('mutes.project', '=', project)
            .where('mutes.until', '>', ctx.clock.now()),
        ),
      ),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}
