import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMetric } from '../../../src/domain/metrics/find-metric.ts'
import { type Board, leaderboard } from '../../../src/domain/boards/leaderboard.ts'
import { personAccount } from '../../../src/domain/people/account.ts'
import { resolveClauses } from '../../../src/domain/people/resolve-clauses.ts'
import { findProject } from '../../../src/domain/projects/resolve-project.ts'
import { parseQuery } from '../../../src/domain/query/parse.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedMetric, seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

async function boardOf(project: string, metric: string, words = '', top = 10): Promise<Board> {
  const { ctx } = test
  const found = await findProject(ctx, project)
  const parsed = parseQuery(words, ctx.clock.now())
  const clauses = await resolveClauses(ctx, personAccount('ana'), parsed.clauses)
  return await leaderboard(ctx, {
    project: found,
    metric: await findMetric(ctx, found, metric),
    clauses,
    top,
  })
}

function shown({ rows }: Board): [number | null, string, number | null][] {
  return rows.map(({ rank, run, value }) => [rank, run.ref, value])
}

describe('a leaderboard', () => {
  it('lists runs without a finite value last, without a rank (A3)', async () => {
    const values = [0.5, Number.NaN, 0.4]
    await seedRuns(test, ...values.map((loss) => ({ project: 'nan', metrics: { loss } })))
    expect(shown(await boardOf('nan', 'loss'))).toEqual([
      [1, 'nan#3', 0.4],
      [2, 'nan#1', 0.5],
      [null, 'nan#2', null],
    ])
    expect(shown(await boardOf('nan', 'loss', 'loss<0.1'))).toEqual([])
  })

  it('takes finished runs only and says which running run is ahead', async () => {
    await seedRuns(
      test,
      { project: 'ahead', metrics: { accuracy: 0.9 } },
      { project: 'ahead', metrics: { accuracy: 0.95 }, status: 'running' },
      { project: 'ahead', metrics: { accuracy: 0.99 }, status: 'failed' },
    )
    const board = await boardOf('ahead', 'accuracy')
    expect(shown(board)).toEqual([[1, 'ahead#1', 0.9]])
    expect(board.ahead).toMatchObject({ ref: 'ahead#2', value: 0.95 })
  })

  it('takes the status that the query names', async () => {
    const board = await boardOf('ahead', 'accuracy', 'status:failed')
    expect(shown(board)).toEqual([[1, 'ahead#3', 0.99]])
    expect(board.ahead).toBeNull()
  })

  it('puts the earlier of two equal runs first', async () => {
    await seedRuns(test, ...[0.7, 0.8, 0.8].map((f1) => ({ project: 'ties', metrics: { f1 } })))
    expect(shown(await boardOf('ties', 'f1')).map(([, ref]) => ref)).toEqual(['ties#2', 'ties#3', 'ties#1'])
  })

  it('counts the finished seeds of the same inputs', async () => {
    const same = { project: 'seeds', params: { lr: 0.1 }, code: { commit: 'a'.repeat(40) } }
    await seedRuns(
      test,
      { ...same, seed: 1, metrics: { accuracy: 0.91 } },
      { ...same, seed: 2, metrics: { accuracy: 0.92 } },
      { ...same, seed: 2, metrics: { accuracy: 0.9 } },
      { ...same, seed: 3, metrics: { accuracy: 0.99 }, status: 'failed' },
      { ...same, params: { lr: 0.2 }, seed: 1, metrics: { accuracy: 0.8 } },
    )
    const board = await boardOf('seeds', 'accuracy')
    expect(board.rows.map(({ run, seeds }) => [run.ref, seeds])).toEqual([
      ['seeds#2', 2],
      ['seeds#1', 2],
      ['seeds#3', 2],
      ['seeds#5', 1],
    ])
  })

  it('ranks by the aggregate that was declared', async () => {
    await seedRuns(
      test,
      { project: 'agg', metrics: { accuracy: 0.9 } },
      { project: 'agg', metrics: { accuracy: 0.8 } },
    )
    for (const aggregate of ['best', 'last', 'max', 'min'] as const) {
      await seedMetric(test, { project: 'agg', metric: 'accuracy', aggregate })
      const board = await boardOf('agg', 'accuracy')
      expect([board.aggregate, board.rows[0]?.run.ref]).toEqual([aggregate, 'agg#1'])
    }
  })

  it('ranks nothing while nobody said which way is better (A2)', async () => {
    await seedRuns(test, { project: 'foo', metrics: { foo: 1 } })
    await expect(boardOf('foo', 'foo')).rejects.toMatchObject({
      code: 'conflict',
      details: { choices: ['max', 'min'] },
    })
  })
})
