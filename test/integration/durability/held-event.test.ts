import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { handleEvent } from '../../../src/jobs/handlers/handle-event.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext

beforeAll(async () => void (test = await createTestContext()))
afterAll(() => test.close())

async function untilSomebodyWaits(): Promise<void> {
  const waits = async () => {
    const { rows } = await sql<{ waiting: boolean }>`select exists (select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock') as waiting`.execute(test.db)
    return rows[0]?.waiting
  }
  await expect.poll(waits).toBe(true)
}

it('an event whose row another relay holds for a moment is handled then, not when its lease ends', async () => {
  const [channel] = await test.db
    .insertInto('channels')
    .values({ platform: 'console', workspace: '', channel: 'c', created_at: new Date() })
    .returning('id')
    .execute()
  const { id } = await test.db
    .insertInto('outbox')
    .values({
      topic: 'channel.due',
      payload: JSON.stringify({ channelId: channel?.id }),
      created_at: new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  let handled: Promise<number[]> | undefined
  await transaction(test.db, async (trx) => {
    await trx.selectFrom('outbox').select('id').where('id', '=', id).forUpdate().execute()
    handled = handleEvent(test.ctx, id)
    await Promise.race([handled, untilSomebodyWaits()])
  })
  expect(await handled).toEqual([channel?.id])
  expect(await test.db.selectFrom('outbox').select('id').execute()).toEqual([])
})
