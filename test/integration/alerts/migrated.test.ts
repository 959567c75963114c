import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMigrator } from '../../../src/db/migrate.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { appendLogs } from '../../../src/domain/runs/write/append-logs.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { updateRun } from '../../support/write-one.ts'
import type { Message } from '../../../src/messages/model.ts'
import { wordsOf } from '../../support/askers.ts'
import { handleEvents } from '../../support/planned-posts.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

const ANA = { name: 'ana', origin: 'test' }
const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  await watchProject(test.ctx, ANA, CONSOLE, { project: 'churn', events: ['best', 'failed'], by: 'ana' })
})
afterAll(() => test.close())

async function finish(accuracy: number): Promise<void> {
  await seedRuns(test, { project: 'churn', metrics: { accuracy } })
  await handleEvents(test)
}

async function fail(line: string): Promise<void> {
  const [ref = ''] = await seedRuns(test, { project: 'churn', status: 'running' })
  const run = await findRun(test.ctx, ref)
  await transaction(test.db, (trx) => appendLogs(trx, test.ctx, run, [line]))
  await transaction(test.db, (trx) => updateRun(trx, test.ctx, ANA, run, { status: 'failed' }))
  await handleEvents(test)
}

async function posts(): Promise<string[]> {
  const rows = await test.db
    .selectFrom('deliveries')
    .select('message')
    .where('parent_id', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(({ message }) => wordsOf(message as Message))
}

it('a burst and a failure that were open before the tables of episodes go on in their messages', async () => {
  await finish(0.5)
  await finish(0.6)
  await fail('ValueError: bad batch 1')
  await fail('ValueError: bad batch 2')
  const before = await posts()
  expect(before).toHaveLength(2)

  const migrator = await createMigrator(test.db)
  const names = (await migrator.getMigrations()).map(({ name }) => name)
  const former = names[names.indexOf('20261201T110000_episodes') - 1] ?? ''
  expect((await migrator.migrateTo(former)).error).toBeUndefined()
  const { rows: announced } = await sql`
    select records -> 0 ->> 'value' as value, beaten_by, open_until from announcements`.execute(test.db)
  expect(announced).toEqual([
    { value: '0.6', beaten_by: null, open_until: new Date('2026-11-24T10:01:02.000Z') },
  ])
  const { rows: groups } = await sql`select run_count, last_at from failure_groups`.execute(test.db)
  expect(groups).toEqual([{ run_count: 2, last_at: new Date('2026-11-24T10:00:04.000Z') }])
  expect((await migrator.migrateToLatest()).error).toBeUndefined()

  await finish(0.7)
  await fail('ValueError: bad batch 3')
  const after = await posts()
  expect(after).toHaveLength(2)
  expect(after[0]).toContain('2 new bests')
  expect(after[0]).toContain('0.5 → 0.7')
  expect(after[1]).toContain('Same error: 2 more runs')

  await test.db.updateTable('deliveries').set({ status: 'sent' }).execute()
  test.advance(11 * 60_000)
  await finish(0.8)
  await fail('ValueError: bad batch 4')
  const later = await posts()
  expect(later).toHaveLength(4)
  expect(later[0]).toContain('beaten by')
  expect(later[2]).toContain('0.7 → 0.8')
  expect(later[3]).not.toContain('Same error')
})
