import { sql } from 'kysely'
import { chartHash } from '../../charts/hash.ts'
import type { Ctx } from '../../context.ts'
import type { Chart } from '../../messages/chart.ts'
import type { Message } from '../../messages/model.ts'

/** The charts of a message, in its order. */
export function chartsOf({ blocks }: Pick<Message, 'blocks'>): Chart[] {
  return blocks.flatMap((block) => (block.type === 'chart' ? [block.chart] : []))
}

/** Keeps what messages show as charts, so that a browser may ask for each by its hash. */
export async function keepCharts(ctx: Pick<Ctx, 'db' | 'clock'>, messages: Message[]): Promise<void> {
  const charts = new Map(messages.flatMap(chartsOf).map((chart) => [chartHash(chart), chart]))
  if (charts.size === 0) return
  const known = await ctx.db
    .selectFrom('charts')
    .select('hash')
    .where('hash', 'in', [...charts.keys()])
    .where('chart', 'is not', null)
    .execute()
  for (const { hash } of known) charts.delete(hash)
  if (charts.size === 0) return
  const used_at = ctx.clock.now()
  await ctx.db
    .insertInto('charts')
    .values([...charts].map(([hash, chart]) => ({ hash, chart: JSON.stringify(chart), png: null, used_at })))
    .onConflict((conflict) =>
      conflict.column('hash').doUpdateSet({ chart: sql`excluded.chart`, used_at: sql`excluded.used_at` }),
    )
    .execute()
}

/** The chart of a hash; undefined when no message or page has shown it for days. */
export async function readChart(ctx: Pick<Ctx, 'db'>, hash: string): Promise<Chart | undefined> {
  const row = await ctx.db.selectFrom('charts').select('chart').where('hash', '=', hash).executeTakeFirst()
  return (row?.chart ?? undefined) as Chart | undefined
}
