import type { Ctx } from '../../context.ts'

/**
 * Remembers an event that a platform delivered, by its own id.
 * @returns false when it was seen before: platforms deliver again what they think was lost
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

/** Whether an event was remembered: for work that may be done twice, but must be done before it is remembered. */
export async function wasSeen(ctx: Pick<Ctx, 'db'>, platform: string, key: string): Promise<boolean> {
  const row = await ctx.db
    .selectFrom('events_seen')
    .select('key')
    .where('platform', '=', platform)
    .where('key', '=', key)
    .executeTakeFirst()
  return row !== undefined
}
