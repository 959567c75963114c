import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { planAlerts } from '../../domain/alerts/plan.ts'
import type { AlertEvent, AlertTopic } from '../../domain/alerts/rules/rule.ts'
import { flagInvalidInShares } from '../../domain/alerts/shared-answers.ts'
import type { Events, Topic } from '../../events.ts'

/** Plans the messages that an event leads to. @returns the channels that have something to send */
type EventHandler<T extends Topic> = (
  trx: Transaction<Database>,
  ctx: Ctx,
  payload: Events[T],
) => Promise<number[]>

const HANDLERS: { [T in Topic]: EventHandler<T> } = {
  'record.beaten': alerts('record.beaten'),
  'run.failed': alerts('run.failed'),
  'run.returned': alerts('run.returned'),
  'run.validity': async (trx, ctx, payload) => {
    const posts = await alerts('run.validity')(trx, ctx, payload)
    return [...new Set([...posts, ...(await flagInvalidInShares(trx, ctx, payload))])]
  },
  'channel.due': async (_trx, _ctx, { channelId }) => [channelId],
}

/** The rules of `alerts/rules` that listen to a topic. */
function alerts<T extends AlertTopic>(topic: T): EventHandler<T> {
  return (trx, ctx, payload) => planAlerts(trx, ctx, { topic, payload } as AlertEvent)
}

/**
 * Topics by the words that releases before 0.2 emitted: their rows may still wait in the outbox during the upgrade.
 * Goes in 0.3.
 */
const FORMER_TOPICS: Record<string, Topic> = { 'run.finished': 'record.beaten', 'run.ended': 'run.failed' }

/**
 * Handles one outbox row and closes it in the same transaction: whoever comes second finds it gone, and a crash
 * leaves it to be handed over again.
 * @returns the channels to drain once this is committed
 */
export async function handleEvent(ctx: Ctx, outboxId: number): Promise<number[]> {
  ctx.checkpoint('handler.begun')
  const channels = await transaction(ctx.db, async (trx) => {
    const row = await trx
      .selectFrom('outbox')
      .select(['topic', 'payload'])
      .where('id', '=', outboxId)
      // Not skipping what is locked: a relay that looks for others may hold the row for a moment.
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) return []
    const handle = HANDLERS[FORMER_TOPICS[row.topic] ?? (row.topic as Topic)] as EventHandler<Topic>
    const due = await handle(trx, ctx, row.payload as Events[Topic])
    await trx.deleteFrom('outbox').where('id', '=', outboxId).execute()
    return due
  })
  ctx.checkpoint('handler.committed')
  return channels
}
