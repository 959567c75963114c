import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderText } from '../../../src/cli/render-message.ts'
import type { Transport } from '../../../src/bots/transport.ts'
import type { Platform } from '../../../src/db/tables.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { reviseDelivery } from '../../../src/domain/deliveries/plan.ts'
import { drainChannel } from '../../../src/jobs/deliver/drain-channel.ts'
import { notifyPeople } from '../../../src/jobs/deliver/notify-people.ts'
import { message } from '../../../src/messages/build.ts'
import { courierOf, failure, newChannel, plan, rowOf } from '../../support/courier.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())

const POSTCARD = 'postcard' as Platform
const letterbox: string[] = []

/** A whole platform: it can be written to, and nothing else. */
const postcards: Transport = {
  platform: POSTCARD,
  minPostIntervalMs: 0,
  post: async (to, told) => ({ externalId: String(letterbox.push(`${to.channel}: ${renderText(told)}`)) }),
  health: () => ({ ok: true, detail: 'the letterbox is open' }),
}

it('a platform that can only be written to is posted to by the engine; edits end there', async () => {
  const channel = await newChannel(test, 'ana', POSTCARD)
  const id = await plan(test, channel, 'greetings')
  const courier = courierOf(test, postcards)
  await drainChannel(courier, channel)
  expect(letterbox).toEqual(['ana: greetings'])
  const changed = message('note', 'new', [])
  await transaction(test.db, (trx) => reviseDelivery(trx, id, changed, test.ctx.clock.now()))
  expect(await drainChannel(courier, channel)).toBeNull()
  expect(await rowOf(test, id)).toMatchObject({ status: 'sent', external_id: '1', edit_due_at: null })
})

it('a post without an answer is made again where it cannot be looked for', async () => {
  const channel = await newChannel(test, 'ben', POSTCARD)
  await plan(test, channel, 'perhaps')
  let calls = 0
  const post: Transport['post'] = async (...args) => {
    if (++calls === 1) throw failure('ambiguous', 'no answer')
    return await postcards.post(...args)
  }
  const courier = courierOf(test, { ...postcards, post })
  await drainChannel(courier, channel)
  expect(calls).toBe(1)
  test.advance(1_000)
  await drainChannel(courier, channel)
  expect([calls, letterbox.at(-1)]).toEqual([2, 'ben: perhaps'])
})

it('its paused channel is told to the console, where a person cannot be addressed', async () => {
  const channel = await newChannel(test, 'eve', POSTCARD)
  const row = await test.db
    .selectFrom('channels')
    .selectAll()
    .where('id', '=', channel)
    .executeTakeFirstOrThrow()
  await test.db
    .insertInto('subscriptions')
    .values({ channel_id: channel, project: 'p', events: [], created_by: 'eve', created_at: new Date() })
    .execute()
  await notifyPeople(test.ctx, new Map([[POSTCARD, postcards]]), row, 'no such street')
  const told = await test.db
    .selectFrom('deliveries')
    .innerJoin('channels', 'channels.id', 'deliveries.channel_id')
    .select('channels.platform')
    .where('rule', '=', 'route-paused')
    .execute()
  expect(told).toEqual([{ platform: 'console' }])
})
