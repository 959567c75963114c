import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { personAccount } from '../../../src/domain/people/account.ts'
import { listRuns } from '../../../src/domain/runs/read/list-runs.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedMetric, seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
  const data = (version: string) => [{ name: 'train.csv', version }]
  await seedRuns(
    test,
    {
      project: 'churn',
      name: 'first',
      owner: 'ana',
      params: { lr: 0.01, model: 'resnet50', dup: 1 },
      metrics: { accuracy: 0.9, dup: 1 },
      tags: { stage: 'ablation' },
      data: data('md5:a1b2c3'),
      code: { commit: `3fa9${'0'.repeat(36)}`, dirty: false },
      group: 'sweep-12',
    },
    // MLflow sends its params as text.
    {
      project: 'churn',
      owner: 'ben',
      params: { lr: '0.001' },
      metrics: { accuracy: 0.8 },
      data: data('md5:c3d4'),
      code: { commit: 'b'.repeat(40), dirty: true },
    },
    {
      project: 'churn',
      owner: 'ana',
      params: { lr: 'auto' },
      metrics: { accuracy: Number.NaN },
      status: 'failed',
    },
    { project: 'churn', metrics: { mixed: 0.5 } },
    { project: 'other', params: { lr: 0.5 }, metrics: { accuracy: 0.1 } },
  )
  await seedMetric(test, { project: 'churn', metric: 'mixed', direction: 'max' })
})
afterAll(() => test.close())

const asker = personAccount('ana')

async function numbers(q: string, project = 'churn'): Promise<number[]> {
  const { items } = await listRuns(test.ctx, { project, q, limit: 50, asker })
  return items.map(({ number }) => number)
}

describe('clauses find runs', () => {
  it.each<[string, number[]]>([
    ['', [4, 3, 2, 1]],
    ['lr<0.01', [2]],
    ['lr<=0.01', [2, 1]],
    ['where lr>=0.001 and lr<0.01', [2]],
    ['lr=0.001', [2]],
    ['lr=auto', [3]],
    ['lr!=0.01', [3, 2]],
    ['-lr=0.01', [4, 3, 2]],
    ['model~NET', [1]],
    ['accuracy>0.85', [1]],
    ['accuracy<100', [2, 1]],
    ['-accuracy<100', [4, 3]],
    ['params.dup=1', [1]],
    ['metrics.dup=1', [1]],
    ['tag:ablation', [1]],
    ['tag:stage', [1]],
    ['tag:stage=ablation', [1]],
    ['-tag:stage', [4, 3, 2]],
    ['by:ana', [3, 1]],
    ['by:@Ana', [3, 1]],
    ['-by:ana', [4, 2]],
    ['status:failed', [3]],
    ['data:train.csv', [2, 1]],
    ['data:train.csv@a1b2', [1]],
    ['data:train.csv@md5:c3d4', [2]],
    ['data:train.csv@%', []],
    ['commit:3fa9', [1]],
    ['group:sweep-12', [1]],
    ['is:dirty', [2]],
    ['is:clean', [1]],
    ['is:diverged', [3]],
    ['since:1d', [4, 3, 2, 1]],
    ['until:2026-11-01', []],
  ])('%s', async (q, expected) => {
    expect(await numbers(q)).toEqual(expected)
  })

  it('names both when a bare field is a param and a metric', async () => {
    await expect(numbers('dup=1')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/params\.dup.*metrics\.dup/),
    })
  })

  it('names what was meant when nobody knows the field', async () => {
    await expect(numbers('acuracy>0.5')).rejects.toMatchObject({
      code: 'not_found',
      details: { suggestions: ['accuracy'] },
    })
  })

  it('binds what it was given', async () => {
    expect(await numbers(`lr="'; drop table runs; --"`)).toEqual([])
    expect(await numbers('')).toHaveLength(4)
  })

  it('shows a restricted token its project only', async () => {
    const { id } = await test.db
      .selectFrom('projects')
      .select('id')
      .where('name', '=', 'other')
      .executeTakeFirstOrThrow()
    const { items } = await listRuns(test.ctx, { limit: 50, visible: id, asker })
    expect(items.map(({ ref }) => ref)).toEqual(['other#1'])
    await expect(
      listRuns(test.ctx, { project: 'churn', limit: 50, visible: id, asker }),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('pages through all of them once', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await listRuns(test.ctx, { limit: 2, asker, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.items.map(({ ref }) => ref))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(['other#1', 'churn#4', 'churn#3', 'churn#2', 'churn#1'])
  })
})
