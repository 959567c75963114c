import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { announceFailure } from '../../domain/alerts/announce-failure.ts'
import { announceRecords } from '../../domain/alerts/announce-records.ts'
import { announceReturn } from '../../domain/alerts/announce-return.ts'
import { announceValidity } from '../../domain/alerts/announce-validity.ts'
import type { Events, Topic } from '../../events.ts'

/** Decides who hears of an event and plans their messages; answers the channels that have something to send. */
type EventHandler<T extends Topic> = (
  trx: Transaction<Database>,
  ctx: Ctx,
  payload: Events[T],
) => Promise<number[]>

const HANDLERS: { [T in Topic]: EventHandler<T> } = {
  'record.beaten': announceRecords,
  'run.failed': announceFailure,
  'run.returned': announceReturn,
  'run.validity': announceValidity,
  'channel.due': async (_trx, _ctx, { channelId }) => [channelId],
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
