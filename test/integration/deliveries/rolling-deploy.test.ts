import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { renderSlack } from '../../../src/bots/slack/render.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { readStatus } from '../../../src/domain/deliveries/read-status.ts'
import { troubledEvents, unparkEvents } from '../../../src/domain/outbox.ts'
import { emit } from '../../../src/events.ts'
import { drainChannel } from '../../../src/jobs/deliver/drain-channel.ts'
import { EVENT_HANDLERS, handleEvent, knownTopics } from '../../../src/jobs/handlers/handle-event.ts'
import type { JobQueue } from '../../../src/jobs/queues.ts'
import { relayOutbox } from '../../../src/jobs/relay.ts'
import type { Message } from '../../../src/messages/model.ts'
import { courierOf, memoryTransport, newChannel, plan, rowOf } from '../../support/courier.ts'
import { startInstance } from '../../support/instance.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
let channel: number

beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())
beforeEach(async () => {
  await test.db.deleteFrom('outbox').execute()
  channel = await newChannel(test, 'C1')
})

/** The worker of a release that did not know `channel.due` yet. */
const { 'channel.due': _newer, ...OLDER } = EVENT_HANDLERS

/** An event as the newer API writes it, beside the older worker. */
async function emitted(): Promise<number> {
  await transaction(test.db, (trx) => emit(trx, test.ctx, 'channel.due', { channelId: channel }))
  const row = await test.db.selectFrom('outbox').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()
  return row.id
}

/** Hands over the events that are due, as the relay of a release with these topics does at its poll. */
async function polled(topics: readonly string[]): Promise<number[]> {
  const handed: number[] = []
  await unparkEvents(test.ctx, topics)
  await relayOutbox(test.ctx, { addEvents: async (ids) => void handed.push(...ids) } as JobQueue)
  return handed
}

const outbox = () => test.db.selectFrom('outbox').selectAll().orderBy('id').execute()

it('an event that the older worker does not know is parked with its reason, and comes back no more', async () => {
  const id = await emitted()
  expect(await polled(knownTopics(OLDER))).toEqual([id])
  expect(await handleEvent(test.ctx, id, OLDER)).toEqual([])
  test.advance(3_600_000)
  expect(await polled(knownTopics(OLDER))).toEqual([])
  expect(await outbox()).toMatchObject([{ last_error: 'this release does not know the topic channel.due' }])
  const troubled = [{ topic: 'channel.due', parked: true, count: 1 }]
  expect(await troubledEvents(test.db)).toMatchObject(troubled)
  expect((await readStatus(test.ctx, 5)).events).toMatchObject({ waiting: 1, troubled })
})

it('a newer worker handles what was parked, in its first polls', async () => {
  const id = await emitted()
  await polled(knownTopics(OLDER))
  await handleEvent(test.ctx, id, OLDER)
  test.advance(10_000)
  expect(await polled(knownTopics())).toEqual([id])
  // Queues are shared: the older worker may get the event once more, and the newer one gets it in the end.
  await handleEvent(test.ctx, id, OLDER)
  expect(await polled(knownTopics())).toEqual([])
  test.advance(10_000)
  expect(await polled(knownTopics())).toEqual([id])
  expect(await handleEvent(test.ctx, id)).toEqual([channel])
  expect(await outbox()).toEqual([])
})

it('an event whose handler fails keeps its reason and its attempts, and is tried again', async () => {
  const id = await emitted()
  const failing = {
    ...EVENT_HANDLERS,
    'channel.due': async () => Promise.reject(new Error('no such column')),
  }
  for (const attempt of [1, 2, 3]) {
    expect(await polled(knownTopics())).toEqual([id])
    await expect(handleEvent(test.ctx, id, failing)).rejects.toThrow('no such column')
    expect(await outbox()).toMatchObject([
      { attempts: attempt, last_error: 'no such column', parked_at: null },
    ])
    test.advance(10_000 * attempt)
  }
  expect(await troubledEvents(test.db)).toMatchObject([{ topic: 'channel.due', parked: false, attempts: 3 }])
  expect(await handleEvent(test.ctx, id)).toEqual([channel])
  expect(await troubledEvents(test.db)).toEqual([])
})

it('a message of a newer format is posted by the older worker, and so is what comes after it', async () => {
  const newer = {
    kind: 'forecast',
    format: 2,
    urgency: 'high',
    tone: 'splendid',
    fallback: 'a forecast',
    blocks: [{ type: 'gauge', alt: 'at 94 of 100', value: 94 }],
  } as unknown as Message
  const [first, second] = [await plan(test, channel, 'forecast', newer), await plan(test, channel, 'plain')]
  const shown: string[] = []
  const transport = memoryTransport({ render: (content, ref) => void renderSlack(content, ref) })
  const { post } = transport
  transport.post = async (to, content, ref, signal) => {
    shown.push(JSON.stringify(renderSlack(content, ref)))
    return await post(to, content, ref, signal)
  }
  await drainChannel(courierOf(test, transport), channel)
  expect(transport.stored).toEqual([`d:${first}`, `d:${second}`])
  expect(shown[0]).toContain('at 94 of 100')
  expect((await rowOf(test, first)).status).toBe('sent')
})

it('a running instance shows events of a newer release in the details of /readyz, and stays ready', async () => {
  const instance = await startInstance()
  try {
    const { db, clock } = instance.app.ctx
    await db
      .insertInto('outbox')
      .values({ topic: 'sweep.ended', payload: '{}', created_at: clock.now() })
      .execute()
    const details = async () => {
      const ready = await instance.api('GET', '/readyz')
      const { checks } = (await ready.json()) as { checks: { name: string; ok: boolean; detail: string }[] }
      return { status: ready.status, event: checks.find(({ name }) => name === 'events sweep.ended') }
    }
    await expect.poll(details).toMatchObject({
      status: 200,
      event: { ok: false, detail: '1 parked: this release does not know the topic sweep.ended' },
    })
  } finally {
    await instance.stop()
  }
})
