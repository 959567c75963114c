import type { Ctx } from '../../context.ts'
import type { Message } from '../../messages/model.ts'
import { readMessage } from '../../messages/stored.ts'

/**
 * The present message of a delivery; undefined when the delivery does not exist, or is not of the `visible` project.
 * @param visible the only project that may be seen; undefined: all
 */
export async function readDeliveryMessage(
  ctx: Pick<Ctx, 'db'>,
  id: string,
  visible: number | undefined,
): Promise<Message | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const row = await ctx.db
    .selectFrom('deliveries')
    .select(['message', 'project_id'])
    .where('id', '=', Number(id))
    .executeTakeFirst()
  if (row === undefined || (visible !== undefined && row.project_id !== visible)) return undefined
  return readMessage(row.message)
}

/** The permalink of a delivery's message; undefined when the platform gave none. */
export async function permalinkOfDelivery(ctx: Pick<Ctx, 'db'>, id: string): Promise<string | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const row = await ctx.db
    .selectFrom('deliveries')
    .select('url')
    .where('id', '=', Number(id))
    .executeTakeFirst()
  return row?.url ?? undefined
}
