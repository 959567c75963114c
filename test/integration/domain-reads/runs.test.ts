import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { compareRuns } from '../../../src/domain/runs/compare/compare-runs.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import type { SeriesInput } from '../../../src/points/index.ts'
import type { RunInput } from '../../../src/domain/runs/types.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'
import { logPoints } from '../../support/write-one.ts'

let test: TestContext

beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)

async function compare(first: Omit<RunInput, 'project'>, second: Omit<RunInput, 'project'>) {
  const refs = await seedRuns(test, { project: 'cmp', ...first }, { project: 'cmp', ...second })
  const keys = await Promise.all(refs.map((ref) => findRun(test.ctx, ref)))
  return await compareRuns(test.ctx, keys)
}

describe('comparing runs (C2, C3)', () => {
  it('tells only what differs, better or worse by the direction', async () => {
    const found = await compare(
      { params: { lr: 0.1, model: 'a', same: 1 }, metrics: { accuracy: 0.9, loss: 0.5, same: 1 } },
      { params: { lr: 0.01, same: 1 }, metrics: { accuracy: 0.95, loss: 0.6, same: 1 } },
    )
    expect(found.params).toEqual([
      { name: 'lr', values: ['0.1', '0.01'] },
      { name: 'model', values: ['a', null] },
    ])
    expect(found.metrics.map(({ name, verdicts }) => [name, verdicts[1]])).toEqual([
      ['accuracy', 'better'],
      ['loss', 'worse'],
    ])
    expect(found.comparable).toBe(true)
  })

  it('says that runs on other data are not comparable', async () => {
    const data = (version: string) => [{ name: 'train.csv', version }]
    const found = await compare({ data: data('a1b2') }, { data: data('c3d4') })
    expect(found).toMatchObject({
      comparable: false,
      data: [{ name: 'train.csv', values: ['a1b2', 'c3d4'] }],
    })
  })

  it('links to the changes of the code, and says what else is not the same', async () => {
    const code = (repo: string, commit: string, dirty = false) => ({ code: { repo, commit, dirty } })
    const found = await compare(
      { ...code('git@github.com:team/churn.git', OLD), seed: 1, tags: { stage: 'a' }, env: { gpu: 'H100' } },
      {
        ...code('https://github.com/team/churn', NEW, true),
        seed: 2,
        env: { gpu: 'A100' },
        status: 'failed',
      },
    )
    expect(found.codeUrl).toBe(`https://github.com/team/churn/compare/${OLD}...${NEW}`)
    expect(found.codeUrls).toEqual([null, found.codeUrl])
    expect(found.code).toEqual([
      { name: 'commit', values: [OLD, NEW] },
      { name: 'repo', values: ['git@github.com:team/churn.git', 'https://github.com/team/churn'] },
      { name: 'uncommitted changes', values: ['no', 'yes'] },
    ])
    expect(found.others).toEqual([
      { name: 'status', values: ['finished', 'failed'] },
      { name: 'seed', values: ['1', '2'] },
      { name: 'env.gpu', values: ['H100', 'A100'] },
      { name: 'tag stage', values: ['a', null] },
    ])
  })

  it('links to nothing where the runs are of different repositories', async () => {
    const found = await compare(
      { code: { repo: 'git@github.com:team/churn.git', commit: OLD } },
      { code: { repo: 'git@github.com:team/fraud.git', commit: NEW } },
    )
    expect(found.codeUrl).toBeNull()
  })
})

describe('finding a run', () => {
  it('says what the newest is, and which runs a short id fits', async () => {
    await seedRuns(test, { project: 'find' })
    await expect(findRun(test.ctx, 'find#7')).rejects.toMatchObject({
      code: 'not_found',
      details: { suggestions: ['find#1'] },
    })
    await expect(findRun(test.ctx, 'find')).rejects.toMatchObject({ code: 'not_found' })
    const { runId } = await findRun(test.ctx, 'find#1')
    expect(await findRun(test.ctx, runId.slice(0, 24))).toMatchObject({ runId })
    await seedRuns(test, { project: 'find' })
    await expect(findRun(test.ctx, runId.slice(0, 6))).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('the history of a metric', () => {
  async function log(series: Omit<SeriesInput, 'name'>[]) {
    const [ref = ''] = await seedRuns(test, { project: 'hist', status: 'running' })
    const key = await findRun(test.ctx, ref)
    for (const one of series) {
      await logPoints(test.ctx, key, [{ name: 'loss', ...one }])
    }
    return key
  }

  it('merges batches by step and drops what came twice', async () => {
    const key = await log([
      { steps: [2, 3], times: [20, 30], values: [0.2, Number.NaN] },
      { steps: [0, 1, 2], times: [0, 10, 20], values: [0.4, 0.3, 0.2] },
    ])
    const { count, points } = await readHistory(test.ctx, key, 'loss')
    expect(count).toBe(4)
    expect(points.map(({ step, value }) => [step, value])).toEqual([
      [0, 0.4],
      [1, 0.3],
      [2, 0.2],
      [3, 'NaN'],
    ])
  })

  it('keeps both ends and every spike when it is thinned', async () => {
    const values = Array.from({ length: 1_000 }, (_value, step) =>
      step === 617 ? 99 : step === 233 ? -99 : step / 1_000,
    )
    const key = await log([{ steps: values.map((_value, step) => step), times: null, values }])
    const { count, points } = await readHistory(test.ctx, key, 'loss', { max: 50 })
    expect(count).toBe(1_000)
    expect(points.length).toBeLessThanOrEqual(50)
    const steps = points.map(({ step }) => step)
    expect(steps).toEqual(expect.arrayContaining([0, 233, 617, 999]))
    expect(steps).toEqual(steps.toSorted((a, b) => Number(a) - Number(b)))
  })
})
