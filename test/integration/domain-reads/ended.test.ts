import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { findLostRuns } from '../../../src/domain/runs/status/find-lost-runs.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import type { RunPatch } from '../../../src/domain/runs/types.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'
import { logPoints, updateRun } from '../../support/write-one.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const TESTER = { name: 'tester', origin: 'test' }

async function patch(ref: string, change: RunPatch): Promise<void> {
  const key = await findRun(test.ctx, ref)
  await transaction(test.db, (trx) => updateRun(trx, test.ctx, TESTER, key, change))
}

/** The statuses of the runs, once it is certain that the indexes hold those that have ended and no others. */
async function statuses(): Promise<string[]> {
  const { rows } = await sql<{ status: string; ended: boolean; ranked: boolean }>`
    select run.status, summary.ended, summary.ranked from metric_summaries summary
    join runs run on run.id = summary.run_id order by run.number, summary.metric_id`.execute(test.db)
  expect(rows).toEqual(
    rows.map(({ status }) => ({ status, ended: status !== 'running', ranked: status === 'finished' })),
  )
  return rows.map(({ status }) => status)
}

it('the summaries of a run that has ended are in the indexes of values, those of a running one are not', async () => {
  const metrics = { accuracy: 0.5 }
  await seedRuns(
    test,
    { project: 'p', metrics },
    { project: 'p', metrics, status: 'failed' },
    { project: 'p', metrics, status: 'running' },
    { project: 'p', metrics, status: 'running' },
    { project: 'p', metrics, status: 'running' },
  )
  expect(await statuses()).toEqual(['finished', 'failed', 'running', 'running', 'running'])
  await patch('p#3', { status: 'killed' })
  await patch('p#4', { status: 'finished', metrics: { late: 1 } })
  expect(await statuses()).toEqual(['finished', 'failed', 'killed', 'finished', 'finished', 'running'])
  test.advance(3_600_000)
  await findLostRuns(test.ctx)
  expect((await statuses()).at(-1)).toBe('lost')
  const lost = await findRun(test.ctx, 'p#5')
  await logPoints(test.ctx, lost, [{ name: 'accuracy', steps: [7], times: null, values: [0.6] }])
  expect((await statuses()).at(-1)).toBe('running')
  await patch('p#1', { status: 'failed' })
  await patch('p#2', { status: 'running' })
  await patch('p#3', { status: 'finished' })
  await patch('p#5', { status: 'finished' })
  expect(await statuses()).toEqual(['failed', 'running', 'finished', 'finished', 'finished', 'finished'])
})
