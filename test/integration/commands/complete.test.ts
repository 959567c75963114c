import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complete } from '../../../src/bots/complete.ts'
import { asker } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { rowsRead } from '../../support/rows-read.ts'
import { seedRuns } from '../../support/seed-runs.ts'

const RUNS = 100_000

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  await seedRuns(
    test,
    { project: 'churn', name: 'wide-net', owner: 'ana', metrics: { accuracy: 0.9, val_accuracy: 0.8 } },
    { project: 'fraud', metrics: { auc: 0.7 } },
  )
  await sql`insert into runs (project_id, id, number, name, status, started_at, last_write_at, created_at)
    select id, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, 'run-' || n, 'finished', now(), now(), now()
    from projects, generate_series(2, ${RUNS}::int) n where name = 'churn'`.execute(test.db)
})
afterAll(() => test.close())

async function values(
  command: string,
  option: string,
  typed: string,
  others = {},
  who = asker(),
): Promise<string[]> {
  const found = await complete(test.ctx, who, { command, option, typed, others })
  expect(found.length).toBeLessThanOrEqual(25)
  return found.map(({ value }) => value)
}

describe('completion among 100,000 runs (C6)', () => {
  it('completes metrics of the project, those that begin so first', async () => {
    expect(await values('best', 'metric', 'acc', { project: 'churn' })).toEqual(['accuracy', 'val_accuracy'])
    expect(await values('best', 'metric', '', { project: 'fraud' })).toEqual(['auc'])
  })

  it('completes projects', async () => {
    expect(await values('best', 'project', 'fr')).toEqual(['fraud'])
  })

  it('completes old runs by number, and any by name', async () => {
    expect(await values('show', 'run', 'churn#14')).toHaveLength(25)
    expect(await values('show', 'run', 'churn#99999')).toEqual(['churn#99999'])
    expect((await values('show', 'run', 'churn#777'))[0]).toBe('churn#777')
    expect(await values('show', 'run', 'churn#0')).toEqual([])
    expect(await values('compare', 'a', 'fraud#')).toEqual(['fraud#1'])
    expect(await values('show', 'run', 'wide', { project: 'churn' })).toEqual(['churn#1'])
    expect(await values('show', 'run', '')).toHaveLength(25)
  })

  it('completes old runs by the beginning of their name, new ones by any part of it', async () => {
    expect(await values('show', 'run', 'run-50000')).toEqual(['churn#50000'])
    expect(await values('show', 'run', 'un-99999', { project: 'churn' })).toEqual(['churn#99999'])
    expect(await values('show', 'run', 'frau')).toEqual(['fraud#1'])
    expect(await values('show', 'run', '%')).toEqual([])
  })

  it.each(['churn#14', 'run-50000', 'nothing', 'chu', ''])(
    'looks at few of the runs for %s',
    async (typed) => {
      const input = { command: 'show', option: 'run', typed, others: {} }
      const read = await rowsRead(test, (ctx) => complete(ctx, asker(), input))
      expect(read['runs']).toBeLessThan(12_000)
    },
  )

  it('shows a restricted token its project only', async () => {
    const { id } = await test.db
      .selectFrom('projects')
      .select('id')
      .where('name', '=', 'fraud')
      .executeTakeFirstOrThrow()
    const only = asker({ projectId: id })
    expect(await values('show', 'run', 'churn#1', {}, only)).toEqual([])
    expect(await values('best', 'project', '', {}, only)).toEqual(['fraud'])
    expect(await values('best', 'metric', '', { project: 'churn' }, only)).toEqual(['auc'])
  })

  it('knows nothing about options that complete nothing', async () => {
    expect(await values('best', 'where', 'x')).toEqual([])
    expect(await values('nothing', 'run', 'x')).toEqual([])
  })
})
