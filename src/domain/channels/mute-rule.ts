import type { Ctx } from '../../context.ts'
import { transaction } from '../../db/transaction.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { type ChannelKey, ensureChannel } from './ensure-channel.ts'

const MUTED_MS = 24 * 3_600_000

/** Silences one rule of a project in one channel for a day; everything else still speaks. @returns until when */
export async function muteRule(
  ctx: Ctx,
  actor: Actor,
  address: ChannelKey,
  { rule, project }: { rule: string; project: string },
): Promise<Date> {
  const until = new Date(ctx.clock.now().getTime() + MUTED_MS)
  await transaction(ctx.db, async (trx) => {
    const channel = await ensureChannel(trx, ctx, address)
    await trx
      .insertInto('mutes')
      .values({ channel_id: channel.id, rule, project, until, created_by: actor.name })
      .onConflict((conflict) =>
        conflict.columns(['channel_id', 'rule', 'project']).doUpdateSet({ until, created_by: actor.name }),
      )
      .execute()
    await audit(trx, ctx, actor, 'mute', `${rule} ${project}`, { details: { ...address } })
  })
  return until
}
