import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { COMMANDS } from '../../../src/bots/commands/index.ts'
import { dispatch } from '../../../src/bots/dispatch.ts'
import { fireDueSchedules } from '../../../src/domain/schedules/fire-due-schedules.ts'
import type { Report } from '../../../src/domain/reports/report.ts'
import { scheduleReport } from '../../../src/domain/schedules/schedule-report.ts'
import { header, message } from '../../../src/messages/build.ts'
import type { Message } from '../../../src/messages/model.ts'
import { asker, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

/** A report of these tests, beside those that there are. */
vi.mock('../../../src/domain/reports/index.ts', async (load) => {
  const { REPORTS } = await load<{ REPORTS: Report[] }>()
  const digest: Report = {
    name: 'digest',
    noun: 'weekly digest',
    build: async (_ctx, { project, late }) => {
      const title = `Digest of ${project}${late ? ', late' : ''}`
      return message('digest', title, [header(title)])
    },
  }
  const reports = [...REPORTS, digest]
  return { REPORTS: reports, findReport: (name: string) => reports.find((report) => report.name === name) }
})

let test: TestContext

beforeAll(async () => {
  // A Friday.
  test = await createTestContext(new Date('2026-11-20T10:00:00.000Z'))
  await seedRuns(test, { project: 'churn', metrics: { accuracy: 0.9 } })
})
afterAll(() => test.close())

const say = async (line: string) => (await dispatch(test.ctx, asker(), line)).message

async function planned(): Promise<string[]> {
  const rows = await test.db.selectFrom('deliveries').select('message').orderBy('id').execute()
  return rows.map(({ message: stored }) => (stored as Message).fallback)
}

it('a report in the list is offered and explained', async () => {
  for (const name of ['schedule', 'report preview']) {
    const command = COMMANDS.find((one) => one.name === name)
    expect(command?.options[0]).toMatchObject({ name: 'what', choices: ['leaderboard', 'digest'] })
    expect(command?.usage).toContain('leaderboard|digest')
  }
  expect(wordsOf(await say('help schedule'))).toContain('Post the leaderboard and the weekly digest here')
  expect(wordsOf(await say('schedule digets in churn mon 09:00'))).toContain('leaderboard and digest are')
})

it('is previewed, scheduled and fired like the others', async () => {
  expect((await say('report preview digest in churn')).fallback).toBe('Digest of churn')
  const scheduled = await say('schedule digest in churn mon 09:00')
  expect(scheduled.fallback).toBe('The weekly digest of churn comes here every Monday at 09:00 (UTC).')
  test.setNow(new Date('2026-11-23T09:00:00.000Z'))
  expect(await fireDueSchedules(test.ctx)).toBe(1)
  expect(await planned()).toEqual(['Digest of churn'])
})

it('one that this release does not know waits, and holds up no other', async () => {
  const channel = { platform: 'slack' as const, workspace: 'T1', channel: 'C1' }
  await scheduleReport(test.ctx, { name: 'ana', origin: 'test' }, channel, {
    report: 'horoscope',
    project: 'churn',
    when: { days: [1], time: '08:00', zone: 'UTC' },
    by: 'ana',
  })
  test.setNow(new Date('2026-11-30T09:00:00.000Z'))
  expect(await fireDueSchedules(test.ctx)).toBe(1)
  expect(await planned()).toEqual(['Digest of churn', 'Digest of churn'])
})
