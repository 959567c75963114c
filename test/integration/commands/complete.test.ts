import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complete } from '../../../src/bots/complete.ts'
import { parseQuery } from '../../../src/domain/query/parse.ts'
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
    {
      project: 'fraud',
      owner: 'Zoe Lima',
      metrics: { auc: 0.7 },
      params: { max_depth: 3, 'learning rate': 0.1 },
      tags: { stage: 'ablation', 'my tag': 'x', size: 'big one' },
      data: [{ name: 'train.csv', version: 'a1' }],
    },
  )
  await sql`insert into runs (project_id, id, number, name, status, started_at, last_write_at, created_at)
    select id, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, 'run-' || n, 'finished', now(), now(), now()
    from projects, generate_series(2, ${RUNS}::int) n where name = 'churn'`.execute(test.db)
  await sql`insert into run_tags select project_id, id, 'batch', 'b' || number % 7 from runs`.execute(test.db)
  await sql`analyze`.execute(test.db)
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

  it('completes old runs by their owner', async () => {
    await sql`update runs set owner = 'Bea' where number in (7, 70, 700)`.execute(test.db)
    expect(await values('show', 'run', 'BE')).toEqual(['churn#700', 'churn#70', 'churn#7'])
    expect(await values('exp iam', 'name', 'z')).toEqual([])
    expect(await values('iam', 'name', 'z')).toEqual(['Zoe Lima'])
  })

  it.each<[string, string[]]>([
    ['tag:st', ['tag:stage']],
    ['lr<0.1 tag:st', ['lr<0.1 tag:stage']],
    ['-tag:stage=', ['-tag:stage=ablation']],
    ['tag:size=b', ['tag:size="big one"']],
    ['tag:my', ['tag:"my tag"']],
    ['by:', ['by:me', 'by:"Zoe Lima"']],
    ['by:zo', ['by:"Zoe Lima"']],
    ['status:f', ['status:finished', 'status:failed']],
    ['is:di', ['is:dirty', 'is:diverged']],
    ['since:7', ['since:7d']],
    ['data:tr', ['data:train.csv']],
    ['max', ['max_depth']],
    ['au', ['auc']],
    ['status:failed learn', ['status:failed "learning rate"']],
    ['st', ['status:']],
    ['max_depth<', []],
    ['by:"zo', []],
    ['nothing:', []],
  ])('finishes the last word of %j', async (typed, completed) => {
    const found = await values('runs', 'filter', typed, { project: 'fraud' })
    expect(found).toEqual(completed)
  })

  it.each(['tag:', 'tag:batch=', 'data:', 'by:'])('looks at few of the runs for %s', async (typed) => {
    const input = { command: 'runs', option: 'filter', typed, others: { project: 'churn' } }
    const read = await rowsRead(test, (ctx) => complete(ctx, asker(), input))
    const { runs = 0, run_tags = 0, run_data = 0 } = read
    expect(runs + run_tags + run_data).toBeLessThan(6_000)
  })

  it('finishes conditions of best with what parses', async () => {
    for (const typed of ['', 'tag:', 'data:', 'by:', 'is:'])
      for (const value of await values('best', 'where', typed, { project: 'fraud' }))
        if (!value.endsWith(':')) expect(() => parseQuery(value, new Date())).not.toThrow()
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
    expect(await values('best', 'top', 'x')).toEqual([])
    expect(await values('nothing', 'run', 'x')).toEqual([])
  })
})
