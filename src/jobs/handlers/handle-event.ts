import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { planAlerts } from '../../domain/alerts/plan.ts'
import type { AlertEvent, AlertTopic } from '../../domain/alerts/rules/rule.ts'
import { flagInvalidInShares } from '../../domain/alerts/shared-answers.ts'
import { parkEvent, storeEventError } from '../../domain/outbox.ts'
import { messageOf } from '../../errors.ts'
import type { Events, Topic } from '../../events.ts'

/** Plans the messages that an event leads to. @returns the channels that have something to send */
type EventHandler<T extends Topic> = (
  trx: Transaction<Database>,
  ctx: Ctx,
  payload: Events[T],
) => Promise<number[]>

/** A handler for each topic; a release before this one lacks some. */
export type EventHandlers = { [T in Topic]: EventHandler<T> }

export const EVENT_HANDLERS: EventHandlers = {
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

/** The topics that this release handles, former words too. */
export function knownTopics(handlers: Partial<EventHandlers> = EVENT_HANDLERS): string[] {
  const former = Object.keys(FORMER_TOPICS).filter((word) => handlerOf(word, handlers) !== undefined)
  return [...Object.keys(handlers), ...former]
}

function handlerOf(topic: string, handlers: Partial<EventHandlers>): EventHandler<Topic> | undefined {
  const word = Object.hasOwn(FORMER_TOPICS, topic) ? FORMER_TOPICS[topic] : topic
  return word !== undefined && Object.hasOwn(handlers, word)
    ? (handlers[word as Topic] as EventHandler<Topic>)
    : undefined
}

/**
 * Handles one outbox row and closes it in the same transaction: a second worker finds it gone, and a crash leaves it
 * to be handed over again. An event of an unknown topic, from a newer release, is parked; an event whose handler
 * fails keeps its error and is handed over again.
 * @param handlers those of this release, unless a test stands for another one
 * @returns the channels to drain once this is committed
 */
export async function handleEvent(
  ctx: Ctx,
  outboxId: number,
  handlers: Partial<EventHandlers> = EVENT_HANDLERS,
): Promise<number[]> {
  ctx.checkpoint('handler.begun')
  const channels = await handle(ctx, outboxId, handlers).catch(async (error: unknown) => {
    // Where the database is away the error stays in the log alone.
    await storeEventError(ctx.db, outboxId, ctx.mask(messageOf(error))).catch(() => {})
    throw error
  })
  ctx.checkpoint('handler.committed')
  return channels
}

async function handle(ctx: Ctx, outboxId: number, handlers: Partial<EventHandlers>): Promise<number[]> {
  return await transaction(ctx.db, async (trx) => {
    const row = await trx
      .selectFrom('outbox')
      .select(['topic', 'payload'])
      .where('id', '=', outboxId)
      // Not skipping what is locked: a relay that looks for others may hold the row for a moment.
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) return []
    const handler = handlerOf(row.topic, handlers)
    if (handler === undefined) {
      ctx.log.warn(
        { event: outboxId, topic: row.topic },
        'an event of a topic that this release does not know',
      )
      await parkEvent(trx, ctx, outboxId, `this release does not know the topic ${row.topic}`)
      return []
    }
    const due = await handler(trx, ctx, row.payload as Events[Topic])
    await trx.deleteFrom('outbox').where('id', '=', outboxId).execute()
    return due
  })
}
