import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** Used less than that ago is not written down again. */
const FRESH_MS = 6 * 3_600_000

/** Pictures that any of our processes drew; forgotten two days after their last use. */
export function pictureStore(ctx: Pick<Ctx, 'db' | 'clock'>) {
  return {
    read: async (hash: string): Promise<Uint8Array | undefined> => {
      const row = await ctx.db
        .selectFrom('charts')
        .select(['png', 'used_at'])
        .where('hash', '=', hash)
        .executeTakeFirst()
      if (row?.png == null) return undefined
      const now = ctx.clock.now()
      if (now.getTime() - row.used_at.getTime() > FRESH_MS)
        await ctx.db.updateTable('charts').set({ used_at: now }).where('hash', '=', hash).execute()
      return row.png
    },
    write: async (hash: string, png: Uint8Array): Promise<void> => {
      await ctx.db
        .insertInto('charts')
        .values({ hash, chart: null, png: Buffer.from(png), used_at: ctx.clock.now() })
        .onConflict((conflict) =>
          conflict.column('hash').doUpdateSet({ png: sql`excluded.png`, used_at: sql`excluded.used_at` }),
        )
        .execute()
    },
  }
}
