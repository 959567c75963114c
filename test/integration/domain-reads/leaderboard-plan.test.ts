import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadProjects } from '../../support/many-runs/load.ts'
import type { Run, Size } from '../../support/many-runs/shape.ts'
import { findAnswers, type Order, type Wanted } from '../../support/many-runs/truth.ts'
import type { Ctx } from '../../../src/context.ts'
import { findMetric } from '../../../src/domain/metrics/find-metric.ts'
import { leaderboard } from '../../../src/domain/boards/leaderboard.ts'
import { primaryMetrics } from '../../../src/domain/metrics/primary-metrics.ts'
import { findProject } from '../../../src/domain/projects/resolve-project.ts'
import { parseQuery, type PlainClause } from '../../../src/domain/query/parse.ts'
import { findRuns } from '../../../src/domain/runs/read/list-runs.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { looksOf, rowsRead } from '../../support/rows-read.ts'

const NOW = new Date('2026-11-24T10:00:00.000Z')
const SIZE: Size = { runs: 30_000, end: NOW.getTime() }

let test: TestContext

beforeAll(async () => {
  test = await createTestContext(NOW)
  await loadProjects(test.url, [
    { name: 'other', size: { ...SIZE, runs: 2_000 } },
    { name: 'vision', size: SIZE },
  ])
})
afterAll(() => test.close())

const clausesOf = (words: string) => parseQuery(words, NOW).clauses as PlainClause[]
const truthOf = (wanted: Wanted) => findAnswers(SIZE, [wanted])[0]?.(SIZE.end)
const WEEK = SIZE.end - 7 * 86_400_000
const DAYS_300 = SIZE.end - 300 * 86_400_000

async function board(ctx: Ctx, name: string, words: string, top = 10): Promise<number[]> {
  const project = await findProject(ctx, 'vision')
  const metric = await findMetric(ctx, project, name)
  const { rows } = await leaderboard(ctx, { project, metric, clauses: clausesOf(words), top })
  return rows.map(({ run }) => Number(run.ref.split('#')[1]))
}

async function primaryOf(ctx: Ctx, project: string) {
  return await primaryMetrics(ctx.db, (await findProject(ctx, project)).id)
}

async function list(ctx: Ctx, words: string, input: { limit?: number; project?: string } = {}) {
  const { limit = 50, project = 'vision' } = input
  const projectId = project === '' ? {} : { projectId: (await findProject(ctx, project)).id }
  return await findRuns(ctx, { clauses: clausesOf(words), limit, ...projectId })
}

const ACCURACY: Order = { direction: 'max', value: ({ accuracy }) => accuracy }
const VAL_LOSS: Order = { direction: 'min', value: ({ valLoss }) => valLoss }
/** Ranked by its last value. */
const F1: Order = { direction: 'max', value: ({ f1 }) => f1 }
const TIES: Order = { direction: 'max', value: ({ trainAccuracy }) => trainAccuracy }

type Fits = (run: Run) => boolean

describe('a board of 30,000 runs is the one that looking at all of them gives', () => {
  it.each<[metric: string, words: string, top: number, Order, Fits]>([
    ['accuracy', '', 10, ACCURACY, () => true],
    ['val_loss', '', 1_000, VAL_LOSS, () => true],
    ['train_accuracy', '', 10, TIES, () => true],
    ['accuracy', 'lr<0.01', 10, ACCURACY, ({ lr }) => lr < 0.01],
    ['accuracy', 'lr=0.01', 10, ACCURACY, ({ lr }) => lr === 0.01],
    ['val_loss', 'lr<0.0001', 10, VAL_LOSS, ({ lr }) => lr < 0.0001],
    ['val_loss', 'lr<0.00002 tag:final', 10, VAL_LOSS, ({ lr, stage }) => lr < 0.00002 && stage === 'final'],
    ['accuracy', '-lr<0.09', 10, ACCURACY, ({ lr }) => lr >= 0.09],
    ['accuracy', 'tag:paper', 10, ACCURACY, ({ n }) => n % 1_000 === 3],
    // More than there are: those that diverged come last, in the order of their runs.
    ['accuracy', 'tag:paper', 100, ACCURACY, ({ n }) => n % 1_000 === 3],
    [
      'train_accuracy',
      'tag:stage=final since:7d',
      500,
      TIES,
      (run) => run.stage === 'final' && run.startedAt >= WEEK,
    ],
    ['train_accuracy', 'since:300d', 10, TIES, (run) => run.startedAt >= DAYS_300],
    ['train_accuracy', 'since:1000d since:300d', 10, TIES, (run) => run.startedAt >= DAYS_300],
    ['train_accuracy', 'since:1960-01-01 tag:paper', 100, TIES, ({ n }) => n % 1_000 === 3],
    ['train_accuracy', '-since:300d', 10, TIES, (run) => run.startedAt < DAYS_300],
    ['f1', 'tag:paper', 100, F1, ({ n }) => n % 1_000 === 3],
    ['f1', '', 10, F1, () => true],
    ['accuracy', 'by:zoe', 10, ACCURACY, ({ owner }) => owner === 'zoe'],
    ['accuracy', 'by:zoe by:ana', 10, ACCURACY, () => false],
    ['val_loss', 'accuracy>0.95', 10, VAL_LOSS, ({ accuracy = 0 }) => accuracy > 0.95],
    ['val_loss', 'accuracy>0.9999', 10, VAL_LOSS, ({ accuracy = 0 }) => accuracy > 0.9999],
  ])('%s %s top %i', async (metric, words, top, order, fits) => {
    const finished = (run: Run) => run.status === 'finished' && fits(run)
    expect(await board(test.ctx, metric, words, top)).toEqual(truthOf({ fits: finished, order, top }))
  })

  it.each<[string, number, Fits]>([
    ['status:failed', 10, ({ status }) => status === 'failed'],
    ['status:lost lr<0.00002', 50, ({ status, lr }) => status === 'lost' && lr < 0.00002],
    ['status:running', 10, ({ status }) => status === 'running'],
    ['status:finished', 10, ({ status }) => status === 'finished'],
    ['status:finished by:zoe', 10, ({ status, owner }) => status === 'finished' && owner === 'zoe'],
    ['-status:finished', 10, ({ status }) => status !== 'finished'],
  ])('takes the status that was asked for: %s top %i', async (words, top, fits) => {
    expect(await board(test.ctx, 'accuracy', words, top)).toEqual(truthOf({ fits, order: ACCURACY, top }))
  })
})

describe('a list of 30,000 runs is the one that looking at all of them gives', () => {
  it.each<[string, Fits]>([
    ['', () => true],
    ['by:zoe', ({ owner }) => owner === 'zoe'],
    ['by:ana lr<0.001', ({ owner, lr }) => owner === 'ana' && lr < 0.001],
    ['status:lost', ({ status }) => status === 'lost'],
    ['status:running', ({ status }) => status === 'running'],
    ['tag:paper', ({ n }) => n % 1_000 === 3],
    ['tag:ablation', ({ stage }) => stage === 'ablation'],
    ['lr<0.00002 tag:paper', ({ lr, n }) => lr < 0.00002 && n % 1_000 === 3],
    ['accuracy>0.9995', ({ accuracy = 0 }) => accuracy > 0.9995],
    ['until:2026-01-01', ({ startedAt }) => startedAt < Date.UTC(2026, 0, 2)],
    ['group:sweep-21', ({ n }) => n % 3 === 0 && Math.floor(n / 150) === 21],
  ])('%s', async (words, fits) => {
    const numbers = await test.db
      .selectFrom('runs')
      .select(['id', 'number'])
      .where('id', 'in', (await list(test.ctx, words)).map(({ runId }) => runId).concat('0'.repeat(32)))
      .orderBy('id', 'desc')
      .execute()
    expect(numbers.map(({ number }) => number)).toEqual(truthOf({ fits, order: 'newest', top: 50 }))
  })
})

describe('what an answer looks at does not grow with the project', () => {
  it.each<[string, (ctx: Ctx) => Promise<unknown>, number]>([
    ['a board', (ctx) => board(ctx, 'accuracy', ''), 500],
    // A third of the runs have the best value of all.
    ['a board of ties', (ctx) => board(ctx, 'train_accuracy', ''), 500],
    ['a board of ties among recent runs', (ctx) => board(ctx, 'train_accuracy', 'since:300d'), 4_500],
    ['a board by a condition that many meet', (ctx) => board(ctx, 'accuracy', 'lr<0.01'), 800],
    ['a board by a condition that few meet', (ctx) => board(ctx, 'accuracy', 'tag:paper'), 3_000],
    ['a board of an owner of few runs', (ctx) => board(ctx, 'accuracy', 'by:zoe'), 3_000],
    ['a board of failed runs', (ctx) => board(ctx, 'accuracy', 'status:failed'), 500],
    ['the runs that beat all others', (ctx) => list(ctx, 'accuracy>0.9995'), 12_000],
    ['which metric a project is about', (ctx) => primaryOf(ctx, 'vision'), 2_000],
    ['which metric a smaller project is about', (ctx) => primaryOf(ctx, 'other'), 2_000],
    ['the newest runs', (ctx) => list(ctx, ''), 300],
    ['the newest runs that many meet', (ctx) => list(ctx, 'lr<0.01 by:ana'), 3_000],
    ['the newest of the old runs', (ctx) => list(ctx, 'until:2026-06-01'), 6_000],
    ['the runs of an owner of few', (ctx) => list(ctx, 'by:zoe'), 6_000],
    ['the runs of a sweep in all projects', (ctx) => list(ctx, 'group:sweep-21', { project: '' }), 6_000],
  ])('%s', async (_name, work, most) => {
    const read = await rowsRead(test, work)
    expect(Object.values(read).reduce((sum, rows) => sum + rows, 0)).toBeLessThan(most)
  })
})

it('a run that was made before and started later is among the recent ones', async () => {
  const recent = await board(test.ctx, 'train_accuracy', 'since:300d')
  const [first = 0] = await board(test.ctx, 'train_accuracy', '')
  expect(recent).not.toContain(first)
  const { id } = await findProject(test.ctx, 'vision')
  const starts = (at: RawBuilder<Date>) =>
    test.db
      .updateTable('runs')
      .set({ started_at: at })
      .where('project_id', '=', id)
      .where('number', '=', first)
      .execute()
  await starts(sql`${new Date(WEEK)}::timestamptz`)
  try {
    expect(await board(test.ctx, 'train_accuracy', 'since:300d')).toEqual([first, ...recent.slice(0, 9)])
  } finally {
    await starts(sql`created_at`)
  }
})

describe('a walk along a board reads nothing but its index', () => {
  it.each<[metric: string, words: string]>([
    ['val_loss', 'lr<0.0001'],
    ['train_accuracy', '-until:2026-01-28'],
  ])('%s %s', async (metric, words) => {
    const looks = await looksOf(test, (ctx) => board(ctx, metric, words))
    const long = looks.filter(({ table, rows }) => table === 'metric_summaries_ended' && rows > 1_000)
    expect(long).not.toEqual([])
    for (const { by } of long) expect(by).toBe('Index Only Scan')
  })
})
