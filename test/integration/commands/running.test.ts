import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatch } from '../../../src/bots/dispatch.ts'
import { renderDiscord } from '../../../src/bots/discord/render.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import type { Running } from '../../../src/domain/runs/read/running-runs.ts'
import type { RunInput } from '../../../src/domain/runs/types.ts'
import { asker, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedMetric, seedRuns } from '../../support/seed-runs.ts'
import { logPoints } from '../../support/write-one.ts'

let test: TestContext

const under = (input: Omit<RunInput, 'project' | 'status'>): RunInput => ({
  project: 'churn',
  status: 'running',
  ...input,
})

beforeAll(async () => {
  test = await createTestContext()
  await seedRuns(
    test,
    { project: 'churn', owner: 'ben', metrics: { accuracy: 0.9 }, env: { gpu_count: 64 } },
    under({ owner: 'ana', name: 'one', env: { gpu: 'H100', host: 'node-3' }, params: { max_steps: 2_000 } }),
    under({ owner: 'ben', name: 'eight', env: { gpu: 'A100', gpu_count: '8', host: 'node-4' } }),
    under({ owner: 'ana', name: 'cpu', env: { gpu_count: 0 }, params: { epochs: 4 } }),
    under({ name: 'silent' }),
    { project: 'fraud', status: 'running', owner: 'ana' },
  )
  await seedMetric(test, { project: 'churn', metric: 'accuracy', direction: 'max', primary: true })
  const key = await findRun(test.ctx, 'churn#2')
  await logPoints(test.ctx, key, [
    { name: 'accuracy', steps: [600, 1_200], times: null, values: [0.8, 0.87] },
    { name: 'zz_loss', steps: [1_200], times: null, values: [0.3] },
  ])
  test.advance(3 * 3_600_000)
})
afterAll(() => test.close())

const say = async (line: string) => {
  const { message, data } = await dispatch(test.ctx, asker(), line)
  return { message, words: wordsOf(message), data: data as Running & { project: string | null } }
}

describe('running', () => {
  it('lists what is under way, the dearest first, with the sum', async () => {
    const { message, words, data } = await say('running in churn')
    expect(message.fallback).toContain('4 runs are running in churn; 9 GPUs, 27 GPU-hours so far')
    expect(data.runs.map(({ run, gpus }) => [run.ref, gpus])).toEqual([
      ['churn#3', 8],
      ['churn#2', 1],
      ['churn#4', 0],
      ['churn#5', null],
    ])
    expect(data.total).toMatchObject({ runs: 4, gpus: 9 })
    expect(data.total.gpu_hours).toBeCloseTo(27, 1)
    expect(words).toContain('8 × A100')
    expect(words).toContain('24 GPU-hours')
    expect(message.about).toHaveLength(4)
  })

  it('tells of each run where it is, how far, its last metric and sign of life', async () => {
    const { words, data } = await say('running in churn by:ana top 1')
    for (const part of [
      '██████░░░░ 60 % of 2,000 steps (max_steps)',
      'ana',
      'node-3',
      '1 × H100',
      'running for 3 h',
      'accuracy 0.87, step 1,200',
      'heard of 3 h ago',
    ])
      expect(words).toContain(part)
    expect(data.runs).toMatchObject([
      {
        host: 'node-3',
        gpu: 'H100',
        metric: { name: 'accuracy', value: 0.87, step: 1_200 },
        progress: { done: 1_200, total: 2_000, unit: 'steps', of: 'max_steps', fraction: 0.6 },
        heartbeat_age_s: expect.any(Number),
      },
    ])
    expect(data.total.runs).toBe(2)
    expect(words).toContain('running')
  })

  it('says what was not told, and draws no bar without a total', async () => {
    const { words } = await say('running in churn -by:ana -by:ben')
    expect(words).toMatch(/silent.*owner not given.*host not given.*GPUs not given.*no metric yet/)
    expect(words).not.toContain('░')
    expect(words).toContain('No run said how many GPUs it uses.')
  })

  it('takes conditions and no project: all that run', async () => {
    expect((await say('running')).data.total.runs).toBe(5)
    expect((await say('running by:ana')).data.total.runs).toBe(3)
    expect((await say('running lr<1 in fraud')).message.kind).toBe('error')
    expect((await say('running in fraud by:ben')).message.fallback).toBe('No running run fits in fraud.')
    expect((await say('running in churn top 1')).message.blocks).toContainEqual(
      expect.objectContaining({ type: 'runs', more: expect.objectContaining({ count: 3 }) }),
    )
  })

  it('keeps its bar on Discord', async () => {
    const { message } = await say('running in churn')
    expect(renderDiscord(message, 'a:x').embeds[0]?.description).toContain('██████░░░░ 60 %')
  })
})
