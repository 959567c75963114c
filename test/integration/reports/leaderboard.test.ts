import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { leaderboardReport } from '../../../src/domain/reports/leaderboard.ts'
import { fireDueSchedules } from '../../../src/domain/schedules/fire-due-schedules.ts'
import { scheduleReport } from '../../../src/domain/schedules/schedule-report.ts'
import type { Message } from '../../../src/messages/model.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { startRun } from '../../support/write-one.ts'

const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }
const ACTOR = { name: 'ana', origin: 'test' }
const MONDAY = { days: [1], time: '09:00', zone: 'Europe/Berlin' }

let test: TestContext
beforeAll(async () => {
  // A Friday in winter: Monday 09:00 in Berlin is 08:00Z.
  test = await createTestContext(new Date('2026-11-20T10:00:00.000Z'))
})
afterAll(() => test.close())

async function finish(accuracy: number, owner: string): Promise<void> {
  await transaction(test.db, (trx) =>
    startRun(trx, test.ctx, ACTOR, { project: 'churn', owner, status: 'finished', metrics: { accuracy } }),
  )
}

async function planned(): Promise<{ subject: string; message: Message; text: string }[]> {
  const rows = await test.db
    .selectFrom('deliveries')
    .select(['subject', 'message'])
    .where('rule', 'like', 'schedule:%')
    .orderBy('id')
    .execute()
  return rows.map(({ subject, message }) => ({
    subject,
    message: message as Message,
    text: JSON.stringify(message),
  }))
}

describe('the scheduled leaderboard', () => {
  it('tells the top ten with values, owners and since when, states its zone, and is told once', async () => {
    for (let run = 1; run <= 12; run++) await finish(0.8 + run / 100, `owner-${run}`)
    await scheduleReport(test.ctx, ACTOR, CONSOLE, {
      report: 'leaderboard',
      project: 'churn',
      when: MONDAY,
      by: 'ana',
    })
    test.setNow(new Date('2026-11-23T07:59:59.000Z'))
    expect(await fireDueSchedules(test.ctx)).toBe(0)
    test.setNow(new Date('2026-11-23T08:00:05.000Z'))
    expect(await Promise.all([fireDueSchedules(test.ctx), fireDueSchedules(test.ctx)])).toContain(1)
    const [report, ...others] = await planned()
    expect(others).toEqual([])
    expect(report?.subject).toBe('2026-11-23T08:00:00.000Z')
    expect(report?.text).toContain('Mon 23 Nov 2026, 09:00 (Europe/Berlin)')
    expect(report?.text).not.toContain('Late')
    const board = report?.message.blocks.find((block) => block.type === 'runs')
    expect(board?.type === 'runs' ? board.runs.map(({ ref }) => ref) : []).toEqual([
      ...['churn#12', 'churn#11', 'churn#10', 'churn#9', 'churn#8'],
      ...['churn#7', 'churn#6', 'churn#5', 'churn#4', 'churn#3'],
    ])
    expect(board?.type === 'runs' ? board.runs[0] : {}).toMatchObject({
      rank: 1,
      value: '0.92',
      details: ['owner-12', '2 d 22 h ago'],
    })
  })

  it('is one line for a week in which nothing finished', async () => {
    test.setNow(new Date('2026-11-30T08:00:01.000Z'))
    expect(await fireDueSchedules(test.ctx)).toBe(1)
    const report = (await planned()).at(-1)
    expect(report?.message.blocks.some((block) => block.type === 'runs')).toBe(false)
    expect(report?.text).toContain('nothing finished since the last report')
  })

  it('tells only the newest of the slots that a downtime missed, marked late', async () => {
    await finish(0.99, 'ana')
    test.setNow(new Date('2026-12-17T12:00:00.000Z'))
    expect(await fireDueSchedules(test.ctx)).toBe(1)
    const report = (await planned()).at(-1)
    expect(report?.subject).toBe('2026-12-14T08:00:00.000Z')
    expect(report?.text).toContain('Late: due Mon 14 Dec 2026, 09:00 (Europe/Berlin)')
    expect(await planned()).toHaveLength(3)
  })

  it('without a project tells one section for each that the channel watches', async () => {
    for (const project of ['churn', 'ranking']) {
      await watchProject(test.ctx, ACTOR, CONSOLE, { project, events: ['best'], by: 'ana' })
    }
    const { id } = await test.db.selectFrom('channels').select('id').executeTakeFirstOrThrow()
    const report = await leaderboardReport(test.ctx, {
      project: null,
      channelId: id,
      zone: 'UTC',
      slot: test.ctx.clock.now(),
      previousSlot: null,
      late: false,
    })
    const text = JSON.stringify(report)
    expect(text).toContain('churn#13')
    expect(text).toContain('ranking')
    expect(text).toContain('no runs yet')
    expect(report.blocks.length).toBeLessThanOrEqual(12)
  })
})
