import { afterAll, beforeAll, expect, it } from 'vitest'
import { drainChannel } from '../../../src/jobs/deliver/drain-channel.ts'
import { message, urgent } from '../../../src/messages/build.ts'
import type { Message } from '../../../src/messages/model.ts'
import { courierOf, memoryTransport, newChannel, plan, rowOf } from '../../support/courier.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())

const { urgent: _absent, ...older } = message('record', 'x', [])

it.each([
  ['an urgent message of any kind', urgent(message('forecast', 'x', [])), true],
  ['a record of the release before', older as Message, true],
  ['a message that is not urgent', message('forecast', 'x', []), false],
])('%s', async (what, content, goesAtOnce) => {
  const channel = await newChannel(test, what)
  const id = await plan(test, channel, what, content)
  const drawn = Promise.withResolvers<boolean>()
  const posted = Promise.withResolvers<string>()
  const transport = memoryTransport({ prepare: () => drawn.promise })
  const { post } = transport
  transport.post = async (...args) => {
    posted.resolve('posted')
    return await post(...args)
  }
  const draining = drainChannel(courierOf(test, transport), channel)
  if (goesAtOnce) expect(await posted.promise).toBe('posted')
  drawn.resolve(true)
  await draining
  expect([transport.stored.length, transport.edits.length]).toEqual([1, goesAtOnce ? 1 : 0])
  expect((await rowOf(test, id)).status).toBe('sent')
})
