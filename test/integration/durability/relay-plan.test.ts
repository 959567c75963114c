import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDb, createPool } from '../../../src/db/client.ts'
import { relayOutbox } from '../../../src/jobs/relay.ts'
import type { JobQueue } from '../../../src/jobs/queues.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

const EVENTS = 1_000
const BATCH = 200

let test: TestContext

beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())

it('a relay leases one batch, whatever plan PostgreSQL makes of a busy outbox', async () => {
  await sql`insert into outbox (topic, payload, created_at)
    select 'channel.due', '{"channelId": 1}', now() from generate_series(1, ${EVENTS}::int)`.execute(test.db)
  // What stale statistics do by chance: rows are joined one by one, and an inner select is read again for each.
  const url = new URL(test.url)
  const off = ['hashjoin', 'mergejoin', 'material', 'hashagg', 'sort', 'memoize']
  url.searchParams.set('options', off.map((plan) => `-c enable_${plan}=off`).join(' '))
  const db = createDb(createPool({ url: url.href, max: 1, onError: () => {} }))
  const handed: number[][] = []
  const queue = { addEvents: async (ids: number[]) => void handed.push(ids) } as unknown as JobQueue
  try {
    await relayOutbox({ ...test.ctx, db }, queue)
  } finally {
    await db.destroy()
  }
  const leased = await test.db.selectFrom('outbox').select('id').where('attempts', '>', 0).execute()
  expect(handed.map((ids) => ids.length)).toEqual([BATCH])
  expect(leased.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(handed[0])
})
