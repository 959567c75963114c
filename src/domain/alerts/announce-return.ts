import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import type { Events } from '../../events.ts'
import { deliveriesAbout } from '../deliveries/find.ts'
import { reviseDelivery } from '../deliveries/plan.ts'
import { returned } from './failure-message.ts'
import { readBrief } from './run-brief.ts'

/** A lost run wrote again: the messages that called it lost say so, and nothing new is posted. */
export async function announceReturn(
  trx: Transaction<Database>,
  ctx: Ctx,
  event: Events['run.returned'],
): Promise<number[]> {
  const run = await readBrief(trx, ctx, event)
  if (run === undefined) return []
  const about = { rule: 'failed', subject: `run:${event.runId}`, state: 'lost' }
  const deliveries = await deliveriesAbout(trx, about)
  const now = ctx.clock.now()
  for (const delivery of deliveries) {
    await reviseDelivery(trx, delivery.id, returned(delivery.message, run.ref, now), now)
  }
  return deliveries.map((delivery) => delivery.channel_id)
}
