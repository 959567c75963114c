import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { ChannelRow, Database, Platform } from '../../db/tables.ts'

/** A channel by its platform's ids. `name` is for display only and is no part of the key. */
export interface ChannelKey {
  platform: Platform
  workspace: string
  channel: string
  name?: string
}

/** The channel's row, inserted when it is new. A given name is stored for display. */
export async function ensureChannel(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  { platform, workspace, channel, name }: ChannelKey,
): Promise<ChannelRow> {
  return await trx
    .insertInto('channels')
    .values({ platform, workspace, channel, name: name ?? null, created_at: ctx.clock.now() })
    .onConflict((conflict) =>
      conflict.columns(['platform', 'workspace', 'channel']).doUpdateSet((eb) => ({
        name: eb.fn.coalesce('excluded.name', 'channels.name'),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}
