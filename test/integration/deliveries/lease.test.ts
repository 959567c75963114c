import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from 'kysely'
import { createDb, createPool } from '../../../src/db/client.ts'
import { leaseChannel, releaseLease, renewLease } from '../../../src/domain/deliveries/channel-lease.ts'
import { drainChannel } from '../../../src/jobs/deliver/drain-channel.ts'
import { courierOf, failure, memoryTransport, newChannel, plan, rowOf } from '../../support/courier.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
let channels = 0

beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())

const channel = () => newChannel(test, `C${++channels}`)
const LEASE_MS = 600_000

/** The lease of a holder that died, or stood still, for longer than it lasts. */
async function endLease(id: number): Promise<void> {
  await sql`update channels set lease_until = clock_timestamp() where id = ${id}`.execute(test.db)
}

it('one holder at a time; the next one when it is released, or over', async () => {
  const { ctx } = test
  const id = await channel()
  const first = await leaseChannel(ctx, id, LEASE_MS)
  expect(await leaseChannel(ctx, id, LEASE_MS)).toBeUndefined()
  if (first === undefined) throw new Error('not leased')
  expect(await renewLease(ctx, first, LEASE_MS)).toBe(true)
  await endLease(id)
  const second = await leaseChannel(ctx, id, LEASE_MS)
  if (second === undefined) throw new Error('not leased')
  expect(await renewLease(ctx, first, LEASE_MS)).toBe(false)
  await releaseLease(ctx, first)
  expect(await leaseChannel(ctx, id, LEASE_MS)).toBeUndefined()
  await releaseLease(ctx, second)
  expect(await leaseChannel(ctx, id, LEASE_MS)).toBeDefined()
})

it('a drain leaves a leased channel alone, and its own lease behind it released', async () => {
  const id = await channel()
  await plan(test, id, `leased${id}`)
  const transport = memoryTransport()
  const held = await leaseChannel(test.ctx, id, LEASE_MS)
  expect(await drainChannel(courierOf(test, transport), id)).toBeNull()
  expect(transport.stored).toEqual([])
  await endLease(id)
  await drainChannel(courierOf(test, transport), id)
  expect(transport.stored).toHaveLength(1)
  const row = await test.db.selectFrom('channels').select('lease_id').where('id', '=', id).executeTakeFirst()
  expect([held === undefined, row?.lease_id]).toEqual([false, null])
})

it('eight drains at once need no more than one database connection', async () => {
  const db = createDb(createPool({ url: test.url, max: 1, onError: () => {} }))
  try {
    const transport = memoryTransport()
    const courier = courierOf({ ...test, ctx: { ...test.ctx, db } }, transport)
    const ids = await Promise.all(Array.from({ length: 8 }, channel))
    for (const id of ids) await plan(test, id, `many${id}`)
    await Promise.all(ids.map((id) => drainChannel(courier, id)))
    expect(transport.stored).toHaveLength(8)
  } finally {
    await db.destroy()
  }
})

it('a sender whose lease ended during its call posts nothing twice, and what it learns is kept', async () => {
  const id = await channel()
  const [one, two] = [await plan(test, id, `one${id}`), await plan(test, id, `two${id}`)]
  const answered = Promise.withResolvers<void>()
  const called = Promise.withResolvers<void>()
  const late = memoryTransport()
  const { post } = late
  late.post = async (...args) => {
    called.resolve()
    await answered.promise
    return await post(...args)
  }
  const draining = drainChannel(courierOf(test, late), id)
  await called.promise
  await endLease(id)
  const other = memoryTransport({ find: async () => undefined })
  expect(await drainChannel(courierOf(test, other), id)).not.toBeNull()
  expect(other.stored).toEqual([])
  answered.resolve()
  await draining
  await drainChannel(courierOf(test, other), id)
  expect([...late.stored, ...other.stored]).toEqual([`d:${one}`, `d:${two}`])
})

it('what a late sender stores of an attempt that is over changes nothing', async () => {
  const id = await channel()
  const delivery = await plan(test, id, `stale${id}`)
  const answered = Promise.withResolvers<void>()
  const called = Promise.withResolvers<void>()
  const late = memoryTransport()
  late.post = async () => {
    called.resolve()
    await answered.promise
    throw failure('refused', 'channel_not_found')
  }
  const draining = drainChannel(courierOf(test, late), id)
  await called.promise
  await endLease(id)
  const other = memoryTransport()
  await drainChannel(courierOf(test, other), id)
  test.advance(30_000)
  await drainChannel(courierOf(test, other), id)
  expect(other.stored).toEqual([`d:${delivery}`])
  const before = await rowOf(test, delivery)
  answered.resolve()
  await draining
  expect(await rowOf(test, delivery)).toEqual(before)
})
