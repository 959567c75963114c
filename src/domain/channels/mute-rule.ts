import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { type ChannelKey, ensureChannel } from './ensure-channel.ts'

const MUTE_DURATION_MS = 24 * 3_600_000

/** Mutes one rule of a project in one channel for a day. Other rules still post. @returns when the mute ends */
export async function muteRule(
  ctx: Ctx,
  actor: Actor,
  channelKey: ChannelKey,
  { rule, project }: { rule: string; project: string },
): Promise<Date> {
  const until = new Date(ctx.clock.now().getTime() + MUTE_DURATION_MS)
  await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, channelKey)
    await trx
      .insertInto('mutes')
      .values({ channel_id: channel.id, rule, project, until, created_by: actor.name })
      .onConflict((conflict) =>
        conflict.columns(['channel_id', 'rule', 'project']).doUpdateSet({ until, created_by: actor.name }),
      )
      .execute()
    await audit(trx, ctx, actor, 'mute', `${rule} ${project}`, { details: { ...channelKey } })
  })
  return until
}
