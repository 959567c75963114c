import type { Ctx } from '../../context.ts'
import type { Message } from '../../messages/model.ts'
import { readMessage } from '../../messages/stored.ts'

/** The message of a delivery as it stands now; undefined when it is gone or about another project than may be seen. */
export async function keptDelivery(
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

/** Where a delivery's message stands; undefined where the platform gave it no address. */
export async function permalinkOfDelivery(ctx: Pick<Ctx, 'db'>, id: string): Promise<string | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const row = await ctx.db
    .selectFrom('deliveries')
    .select('url')
    .where('id', '=', Number(id))
    .executeTakeFirst()
  return row?.url ?? undefined
}
