import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseQuery, type PlainClause } from '../../../src/domain/query/parse.ts'
import { findProject } from '../../../src/domain/projects/resolve-project.ts'
import { findRuns } from '../../../src/domain/runs/read/list-runs.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

const NOW = new Date('2026-11-24T10:00:00.000Z')
const HOUR = 3_600_000

let test: TestContext

beforeAll(async () => void (test = await createTestContext(NOW)))
afterAll(() => test.close())

const hours = (count: number) => new Date(NOW.getTime() + count * HOUR)

/** Numbers of the runs that had started by then, as the list has them. */
async function startedBy(until: Date, limit: number, after?: string): Promise<number[]> {
  const clauses = parseQuery(`until:${until.toISOString()}`, NOW).clauses as PlainClause[]
  const projectId = (await findProject(test.ctx, 'old')).id
  const keys = await findRuns(test.ctx, {
    clauses,
    limit,
    projectId,
    ...(after === undefined ? {} : { after }),
  })
  const rows = await test.db.selectFrom('runs').select(['id', 'number']).execute()
  return keys.map(({ runId }) => rows.find(({ id }) => id === runId)?.number ?? 0)
}

describe('runs that had started by a time', () => {
  it('come newest first, also those that were recorded long after their start or long before it', async () => {
    // Recorded on time, an hour late, a day and an hour late, a year late, and before they say that they start.
    const starts = [0, -1, -25, -24 * 365, 24 * 30]
    for (let round = 0; round < 6; round++) {
      const inputs = starts.map((offset) => ({
        project: 'old',
        status: 'running' as const,
        started_at: new Date(test.ctx.clock.now().getTime() + offset * HOUR),
      }))
      await seedRuns(test, ...inputs)
      test.advance(10 * HOUR)
    }
    const all = await test.db.selectFrom('runs').select(['id', 'number', 'started_at']).execute()
    const truth = (until: Date) =>
      all
        .filter(({ started_at }) => started_at <= until)
        .toSorted((one, other) => (one.id < other.id ? 1 : -1))
        .map(({ number }) => number)
    for (let hour = -24 * 366; hour < 24 * 40; hour += 37) {
      const expected = truth(hours(hour))
      for (const limit of [1, 3, 100])
        expect(await startedBy(hours(hour), limit), `until ${hour} h`).toEqual(expected.slice(0, limit))
    }
    // Page by page: what comes after a run is what the whole list has after it.
    const [third] = truth(hours(30)).slice(2)
    const cursor = all.find(({ number }) => number === third)?.id ?? ''
    expect(await startedBy(hours(30), 100, cursor)).toEqual(truth(hours(30)).slice(3))
  })
})
