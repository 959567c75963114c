import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import type { RunInput } from '../../../src/domain/runs/types.ts'
import { handleEvent } from '../../../src/jobs/handlers/handle-event.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { startRun } from '../../support/write-one.ts'

const ANA = { name: 'ana', origin: 'test' }
const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  await watchProject(test.ctx, ANA, CONSOLE, { project: 'churn', events: ['best', 'failed'], by: 'ana' })
})
afterAll(() => test.close())

it('rows with the words that an older release emitted are handled as what they meant there', async () => {
  const record = (run: Pick<RunInput, 'status' | 'metrics'>) =>
    transaction(test.db, (trx) => startRun(trx, test.ctx, ANA, { project: 'churn', ...run }))
  for (const value of [0.5, 0.6]) await record({ status: 'finished', metrics: { accuracy: value } })
  await record({ status: 'failed' })
  const rows = await test.db.selectFrom('outbox').select(['id', 'topic']).orderBy('id').execute()
  expect(rows.map(({ topic }) => topic)).toEqual(['record.beaten', 'run.failed'])
  for (const [index, former] of ['run.finished', 'run.ended'].entries()) {
    const { id } = rows[index] as { id: number }
    await test.db.updateTable('outbox').set({ topic: former }).where('id', '=', id).execute()
    expect(await handleEvent(test.ctx, id)).toHaveLength(1)
  }
  const planned = await test.db.selectFrom('deliveries').select(['rule', 'state']).orderBy('id').execute()
  expect(planned).toEqual([
    { rule: 'best', state: 'record' },
    { rule: 'failed', state: 'failed' },
  ])
  expect(await test.db.selectFrom('outbox').select('id').execute()).toEqual([])
})
