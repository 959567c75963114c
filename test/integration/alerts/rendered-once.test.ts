import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { recordMessage as render } from '../../../src/domain/alerts/messages/record-message.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { handleEvents, markPosted } from '../../support/planned-posts.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

const { counts } = vi.hoisted(() => ({ counts: { renders: 0 } }))

vi.mock('../../../src/domain/alerts/messages/record-message.ts', async (load) => {
  const { recordMessage } = await load<{ recordMessage: typeof render }>()
  return {
    recordMessage: (...input: Parameters<typeof render>) => {
      counts.renders += 1
      return recordMessage(...input)
    },
  }
})

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  for (const channel of ['C1', 'C2', 'C3']) {
    const address = { platform: 'slack' as const, workspace: 'T1', channel }
    const watch = { project: 'churn', events: ['best'], by: 'ana' }
    await watchProject(test.ctx, { name: 'ana', origin: 'test' }, address, watch)
  }
})
afterAll(() => test.close())

async function rendersOf(accuracy: number): Promise<number> {
  counts.renders = 0
  await seedRuns(test, { project: 'churn', metrics: { accuracy } })
  await handleEvents(test)
  return counts.renders
}

it('a new best is read and rendered once, however many channels watch the project', async () => {
  await rendersOf(0.5)
  expect(await rendersOf(0.6)).toBe(1)
  expect(await rendersOf(0.7)).toBe(1)
  const open = await test.db.selectFrom('deliveries').select('version').execute()
  expect(open).toEqual([{ version: 2 }, { version: 2 }, { version: 2 }])
  await markPosted(test)
  test.advance(120_000)
  // The new post, and the one that it overtakes.
  expect(await rendersOf(0.8)).toBe(2)
  expect(await test.db.selectFrom('deliveries').select('id').execute()).toHaveLength(6)
})
