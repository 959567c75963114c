import { transaction } from '../../src/db/transaction.ts'
import { ensureChannel } from '../../src/domain/channels/ensure-channel.ts'
import { message } from '../../src/messages/build.ts'
import type { TestContext } from './postgres.ts'

let counter = 0

/** A message of ours as it stands in a channel once it was posted. @returns its delivery's id */
export async function postedMessage(
  { db, ctx }: Pick<TestContext, 'db' | 'ctx'>,
  posted: {
    message: string
    about?: string[]
    parentId?: number
    platform?: 'slack' | 'discord' | 'console'
    workspace?: string
    channel?: string
  },
): Promise<{ id: number }> {
  const { platform = 'slack', workspace = 'T1', channel = 'C1', about } = posted
  const told = message('best', `message ${posted.message}`, [])
  return await transaction(db, async (trx) => {
    const { id: channelId } = await ensureChannel(trx, ctx, { platform, workspace, channel })
    return await trx
      .insertInto('deliveries')
      .values({
        channel_id: channelId,
        rule: 'share',
        subject: `answer:${++counter}`,
        state: 'shared',
        message: JSON.stringify(about === undefined ? told : { ...told, about }),
        parent_id: posted.parentId ?? null,
        status: 'sent',
        external_id: posted.message,
        url: `https://${platform}.example/${posted.message}`,
        due_at: ctx.clock.now(),
        created_at: ctx.clock.now(),
        sent_at: ctx.clock.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
  })
}
