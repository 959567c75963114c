import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMetric } from '../../../src/domain/metrics/find-metric.ts'
import { leaderboard } from '../../../src/domain/metrics/leaderboard.ts'
import { findProject } from '../../../src/domain/projects/resolve-project.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

const RUNS = 50_000
/** Generous for a busy machine; sorting all of them, or a query for each row, takes longer by far. */
const LIMIT_MS = 250

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  await seedRuns(test, { project: 'big', metrics: { accuracy: 0.5, loss: 1 } })
  await sql`insert into runs (project_id, id, number, status, started_at, ended_at, last_write_at, created_at)
    select id, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, 'finished', now(), now(), now(), now()
    from projects, generate_series(2, ${RUNS}::int) n`.execute(test.db)
  await sql`insert into metric_summaries (project_id, run_id, metric_id, points, nans, infinities, last_value, last_step,
      last_time, last_stepped, min_value, min_step, max_value, max_step, max_seen_step, ranked)
    select run.project_id, run.id, metric.id, 1, 0, 0, v, 1, 0, true, v, 1, v, 1, 1, true
    from runs run join metrics metric on metric.project_id = run.project_id, lateral (select (run.number * 7919 % 50021) / 50021.0 as v) value
    where run.number > 1`.execute(test.db)
  await sql`analyze`.execute(test.db)
})
afterAll(() => test.close())

describe('a board of 50,000 runs', () => {
  it.each([
    ['accuracy', 10],
    ['loss', 10],
    ['accuracy', 1_000],
  ])('by %s, top %i, is read through the index', async (name, top) => {
    const project = await findProject(test.ctx, 'big')
    const metric = await findMetric(test.ctx, project, name)
    await leaderboard(test.ctx, { project, metric, top })
    const before = performance.now()
    const { rows } = await leaderboard(test.ctx, { project, metric, top })
    const took = performance.now() - before
    expect(rows).toHaveLength(top)
    const sorted = rows.map(({ value }) => value).toSorted((a, b) => Number(a) - Number(b))
    expect(rows.map(({ value }) => value)).toEqual(name === 'loss' ? sorted : sorted.toReversed())
    expect(took).toBeLessThan(LIMIT_MS)
  })
})
