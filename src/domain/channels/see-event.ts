import type { Ctx } from '../../context.ts'

/**
 * Stores the id of an event that a platform delivered.
 * @returns false when the id was stored before: platforms redeliver events that they believe were lost
 */
export async function seeEvent(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  platform: string,
  key: string,
): Promise<boolean> {
  const row = await ctx.db
    .insertInto('events_seen')
    .values({ platform, key, seen_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.columns(['platform', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  return row !== undefined
}

/** Whether an event's id is stored. For work that may run twice, but must be complete before the id is stored. */
export async function wasSeen(ctx: Pick<Ctx, 'db'>, platform: string, key: string): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('events_seen')
    .select('key')
    .where('platform', '=', platform)
    .where('key', '=', key)
    .executeTakeFirst()
  return row !== undefined
}
