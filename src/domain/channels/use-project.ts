import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { type ChannelKey, ensureChannel } from './ensure-channel.ts'

/** Makes a project the one that questions in a channel are about when they name none. */
export async function useProject(
  ctx: Ctx,
  actor: Actor,
  address: ChannelKey,
  project: string | null,
): Promise<void> {
  await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, address)
    await trx.updateTable('channels').set({ default_project: project }).where('id', '=', channel.id).execute()
    await audit(trx, ctx, actor, 'channel.use', project ?? 'none', { details: { ...address } })
  })
}
