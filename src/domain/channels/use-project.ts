import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { type ChannelKey, ensureChannel } from './ensure-channel.ts'

/** Sets the channel's default project, for questions that name none. */
export async function useProject(
  ctx: Ctx,
  actor: Actor,
  channelKey: ChannelKey,
  project: string | null,
): Promise<void> {
  await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, channelKey)
    await trx.updateTable('channels').set({ default_project: project }).where('id', '=', channel.id).execute()
    await audit(trx, ctx, actor, 'channel.use', project ?? 'none', { details: { ...channelKey } })
  })
}
