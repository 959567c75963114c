import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderSlack } from '../../../src/bots/slack/render.ts'
import type { DeliveryErrorKind } from '../../../src/bots/transport.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { reviseDelivery } from '../../../src/domain/deliveries/plan.ts'
import { drainChannel } from '../../../src/jobs/deliver/drain-channel.ts'
import { header, message } from '../../../src/messages/build.ts'
import type { Block, Message } from '../../../src/messages/model.ts'
import { courierOf, failure, memoryTransport, newChannel, plan, rowOf } from '../../support/courier.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
let channels = 0

beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())

const channel = () => newChannel(test, `C${++channels}`)

/** No renderer of ours can draw a text block without its text. */
const undrawable = (): Message => message('note', 'x', [{ type: 'text' } as unknown as Block])

/** Drains for so many seconds, each time at the first whole second at which the last drain says to come again. */
async function drainFor(
  courier: Parameters<typeof drainChannel>[0],
  id: number,
  seconds: number,
): Promise<void> {
  const end = test.ctx.clock.now().getTime() + seconds * 1_000
  for (;;) {
    const wakeAt = await drainChannel(courier, id)
    const now = test.ctx.clock.now().getTime()
    const wait = wakeAt === null ? Number.POSITIVE_INFINITY : wakeAt.getTime() - now
    const next = now + Math.max(1, Math.ceil(wait / 1_000)) * 1_000
    test.advance(Math.min(next, end + 1_000) - now)
    if (next > end) return
  }
}

describe('a message that our own renderer cannot draw', () => {
  it('is given up with its error before it is marked as sending, and the channel goes on', async () => {
    const id = await channel()
    const [bad, good] = [await plan(test, id, `bad${id}`, undrawable()), await plan(test, id, `good${id}`)]
    const marked: string[] = []
    const transport = memoryTransport({ render: (content, ref) => void renderSlack(content, ref) })
    const courier = courierOf(test, transport)
    const ctx = { ...test.ctx, checkpoint: (name: string) => void marked.push(name) }
    await drainChannel({ ...courier, ctx }, id)
    expect(transport.stored).toEqual([`d:${good}`])
    expect(await rowOf(test, bad)).toMatchObject({
      status: 'failed',
      attempts: 0,
      last_error: expect.stringContaining('cannot be drawn'),
    })
    expect(marked.filter((name) => name === 'delivery.marked-sending')).toHaveLength(1)
  })

  it('is given up after a few attempts where only the call draws it', async () => {
    const id = await channel()
    const [bad, good] = [await plan(test, id, `bad${id}`, undrawable()), await plan(test, id, `good${id}`)]
    const transport = memoryTransport()
    const { post } = transport
    let drawn = 0
    transport.post = async (to, content, ref, signal) => {
      drawn++
      renderSlack(content, ref)
      return await post(to, content, ref, signal)
    }
    await drainFor(courierOf(test, transport), id, 120)
    expect(drawn).toBe(6)
    expect(transport.stored).toEqual([`d:${good}`])
    expect((await rowOf(test, bad)).status).toBe('failed')
  })

  it('as an edit leaves the message as it was posted, and a later edit comes through', async () => {
    const id = await channel()
    const delivery = await plan(test, id, `edited${id}`)
    const transport = memoryTransport({ render: (content, ref) => void renderSlack(content, ref) })
    const courier = courierOf(test, transport)
    await drainChannel(courier, id)
    const revise = async (content: Message) => {
      await transaction(test.db, (trx) => reviseDelivery(trx, delivery, content, test.ctx.clock.now()))
      await drainFor(courier, id, 3)
    }
    await revise(undrawable())
    expect(transport.edits).toEqual([])
    expect(await rowOf(test, delivery)).toMatchObject({
      status: 'sent',
      edit_due_at: null,
      last_error: expect.stringContaining('cannot be drawn'),
    })
    await revise(message('note', 'fine', [header('fine')]))
    expect(transport.edits).toEqual(['1'])
  })

  it('of a block kind that this release does not know is drawn with a line in its place', async () => {
    const id = await channel()
    const unknown = message('note', 'x', [{ type: 'gauge', alt: 'at 94' } as unknown as Block])
    await plan(test, id, `unknown${id}`, unknown)
    const transport = memoryTransport({ render: (content, ref) => void renderSlack(content, ref) })
    await drainChannel(courierOf(test, transport), id)
    expect(transport.stored).toHaveLength(1)
  })
})

describe('attempts', () => {
  it.each(['ambiguous', 'rate_limited', 'unreachable'] satisfies DeliveryErrorKind[])(
    'at a post that end in an outage (%s) have no limit',
    async (kind) => {
      const id = await channel()
      const delivery = await plan(test, id, `outage${id}`)
      let down = true
      const transport = memoryTransport()
      const { post } = transport
      transport.post = async (...args) => {
        if (down) throw failure(kind, 'down')
        return await post(...args)
      }
      const courier = courierOf(test, transport)
      await drainFor(courier, id, 600)
      expect(await rowOf(test, delivery)).toMatchObject({ faults: 0, last_error: 'down' })
      down = false
      await drainFor(courier, id, 21)
      expect(transport.stored).toEqual([`d:${delivery}`])
    },
  )

  it('at an edit that end in an outage have no limit, and our own exceptions do', async () => {
    const id = await channel()
    const delivery = await plan(test, id, `edit-outage${id}`)
    const calls: number[] = []
    let thrown: Error | undefined = failure('ambiguous', 'down')
    const transport = memoryTransport({
      edit: async () => {
        calls.push(test.ctx.clock.now().getTime())
        if (thrown !== undefined) throw thrown
      },
    })
    const courier = courierOf(test, transport)
    await drainChannel(courier, id)
    const revise = () =>
      transaction(test.db, (trx) =>
        reviseDelivery(trx, delivery, message('note', 'new', []), test.ctx.clock.now()),
      )
    await revise()
    await drainFor(courier, id, 600)
    expect(calls.length).toBeGreaterThan(25)
    thrown = new TypeError('x is not a function')
    calls.length = 0
    await drainFor(courier, id, 600)
    expect(calls).toHaveLength(5)
    expect(await rowOf(test, delivery)).toMatchObject({
      edit_due_at: null,
      last_error: 'x is not a function',
    })
    thrown = undefined
    await revise()
    await drainFor(courier, id, 1)
    expect(await rowOf(test, delivery)).toMatchObject({ faults: 0, sent_version: 3 })
  })

  it('after a post without an answer come after 1, 3, 8 and then 20 s, each after a look', async () => {
    const id = await channel()
    await plan(test, id, `silent${id}`)
    const start = test.ctx.clock.now().getTime()
    const seen: string[] = []
    const at = () => Math.round((test.ctx.clock.now().getTime() - start) / 1_000)
    const transport = memoryTransport({
      post: async () => {
        seen.push(`post ${at()}`)
        throw failure('ambiguous', 'no answer')
      },
      find: async () => {
        seen.push(`look ${at()}`)
        return undefined
      },
    })
    await drainFor(courierOf(test, transport), id, 55)
    const posts = seen.filter((one) => one.startsWith('post'))
    expect(posts).toEqual(['post 0', 'post 1', 'post 4', 'post 12', 'post 32', 'post 52'])
    for (const [index, one] of seen.entries()) {
      if (one.startsWith('post') && index > 0) expect(seen[index - 1]).toBe(one.replace('post', 'look'))
      if (one.startsWith('post')) expect(seen[index + 1]).toBe(one.replace('post', 'look'))
    }
  })

  it.each([
    ['gone', 1],
    ['malformed', 5],
  ] satisfies [DeliveryErrorKind, number][])(
    'to look for a message that the platform refuses for good (%s) have a limit',
    async (kind, looksExpected) => {
      const id = await channel()
      const lost = await plan(test, id, `lost-${kind}${id}`)
      const next = await plan(test, id, `next-${kind}${id}`)
      let looks = 0
      const transport = memoryTransport({
        find: async () => {
          looks++
          throw failure(kind, 'thread_not_found')
        },
      })
      const { post } = transport
      transport.post = async (...args) => {
        if (args[2] === `d:${lost}`) throw failure('ambiguous', 'no answer')
        return await post(...args)
      }
      await drainFor(courierOf(test, transport), id, 120)
      expect(looks).toBe(looksExpected)
      expect(await rowOf(test, lost)).toMatchObject({ status: 'failed', last_error: 'thread_not_found' })
      expect(transport.stored).toEqual([`d:${next}`])
    },
  )

  it('are not made where the message is found', async () => {
    const id = await channel()
    const delivery = await plan(test, id, `found${id}`)
    const transport = memoryTransport()
    const { post } = transport
    transport.post = async (...args) => {
      await post(...args)
      throw failure('ambiguous', 'the answer was lost')
    }
    await drainFor(courierOf(test, transport), id, 60)
    expect(transport.stored).toEqual([`d:${delivery}`])
    expect(await rowOf(test, delivery)).toMatchObject({ status: 'sent', external_id: '1' })
  })
})
