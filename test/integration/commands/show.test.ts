import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatch } from '../../../src/bots/dispatch.ts'
import { renderDiscord } from '../../../src/bots/discord/render.ts'
import { renderSlack } from '../../../src/bots/slack/render.ts'
import type { RunRelations } from '../../../src/domain/runs/read/run-relations.ts'
import type { RunInput } from '../../../src/domain/runs/types.ts'
import { problemsOfBlocks } from '../../support/check-slack-blocks.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedMetric, seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

const COMMIT = `3fa9c1d2${'0'.repeat(32)}`
const code = {
  repo: 'git@github.com:team/churn.git',
  commit: COMMIT,
  branch: 'main',
  dirty: true,
  patch_hash: 'abcdef0123456789',
}
const same = (seed: number, accuracy: number, more: Partial<RunInput> = {}): RunInput => ({
  project: 'churn',
  params: { lr: 0.1 },
  code,
  seed,
  metrics: { accuracy },
  ...more,
})

beforeAll(async () => {
  test = await createTestContext()
  await seedMetric(test, { project: 'churn', metric: 'accuracy', direction: 'max', primary: true })
  await seedRuns(test, same(1, 0.931))
  test.advance(3_600_000)
  await seedRuns(
    test,
    same(2, 0.941, {
      name: 'wide-net',
      owner: 'ana',
      group: 'sweep-12',
      params: {
        lr: 0.1,
        ...Object.fromEntries(Array.from({ length: 25 }, (_one, index) => [`p${index}_dir`, index])),
      },
      metrics: { accuracy: 0.941, loss: Number.NaN },
      tags: { stage: 'final' },
      env: { zlib: '1.3', python: '3.11.7', gpu: 'H100', gpu_count: 8, host: 'node-3' },
      command: 'python train.py --lr 0.1',
    }),
  )
  test.advance(7_200_000)
  await seedRuns(
    test,
    same(3, 0.95),
    same(2, 0.94),
    same(4, 0.9, { status: 'running' }),
    same(5, 0.1, { status: 'failed' }),
    {
      project: 'churn',
      data: [
        { name: 'train.csv', version: 'md5:a1b2c3d4e5f60718', url: 's3://bucket/train.csv' },
        { name: 'val.csv', version: 'v2', url: 'https://data.example/val.csv' },
      ],
    },
  )
  test.advance(60_000)
})
afterAll(() => test.close())

async function show(ref: string) {
  const { message, data } = await dispatch(test.ctx, asker(), `show ${ref}`)
  return { message, words: wordsOf(message), relations: (data as { relations: RunRelations }).relations }
}

describe('show', () => {
  it('tells everything that went in and came out', async () => {
    const { message, words } = await show('churn#2')
    for (const part of [
      'finished 2 h 1 min ago',
      'ana',
      'sweep-12',
      '3fa9c1d2',
      ' on main, with uncommitted changes (patch abcdef01)',
      '0.941 (best)',
      'diverged (best: no finite value)',
      'NaN',
      'lr = 0.1',
      '... 6 more',
      'host node-3, gpu H100, gpu_count 8, python 3.11.7, zlib 1.3',
      'python train.py --lr 0.1',
      'stage: final',
      'Not recorded: data',
    ])
      expect(words).toContain(part)
    expect(JSON.stringify(message.blocks)).toContain(`https://github.com/team/churn/commit/${COMMIT}`)
    expect(message.about).toHaveLength(1)
  })

  it('tells the record that it held: whom it beat, for how long, by whom it was beaten', async () => {
    const { words, relations, message } = await show('churn#2')
    expect(words).toContain('Was best in accuracy (0.941) for 2 h')
    expect(words).toMatch(
      /it beat {2}churn#1 {2}\(0\.931; \+0\.01, \+1\.1 %\) ; beaten by {2}churn#3 {2}\(0\.95\)/,
    )
    expect(relations.records).toMatchObject([
      {
        metric: 'accuracy',
        value: 0.941,
        beat: { ref: 'churn#1', value: 0.931 },
        beaten_by: { ref: 'churn#3', value: 0.95 },
      },
    ])
    expect(buttonsOf(message)[0]?.action).toEqual({ do: 'ask', line: 'compare churn#2 churn#3' })
    expect((await show('churn#3')).words).toContain('Holds the record of accuracy (0.95)')
    expect((await show('churn#1')).words).toContain('it was the first')
    expect((await show('churn#6')).relations.records).toEqual([])
  })

  it('tells the same inputs with other seeds and what chance does, and exact duplicates', async () => {
    const { words, relations } = await show('churn#2')
    expect(relations.siblings.map(({ ref, seed, status, value }) => [ref, seed, status, value])).toEqual([
      ['churn#5', '4', 'running', 0.9],
      ['churn#3', '3', 'finished', 0.95],
      ['churn#1', '1', 'finished', 0.931],
    ])
    expect(relations.duplicates).toMatchObject([{ ref: 'churn#4', seed: '2', value: 0.94 }])
    expect(relations.spread).toMatchObject({ metric: 'accuracy', runs: 4, min: 0.931, max: 0.95 })
    expect(relations.spread?.mean).toBeCloseTo(0.9405)
    expect(relations.spread?.deviation).toBeCloseTo(0.007767, 6)
    expect(words).toContain('accuracy over 4 runs: 0.9405 ± 0.0078 (0.931 to 0.95)')
    expect(words).toContain('Same inputs, same seed:')
    expect((await show('churn#7')).relations).toEqual({
      records: [],
      siblings: [],
      duplicates: [],
      spread: null,
    })
  })

  it('leads to the data where they have an address of the web, and names it where not', async () => {
    const { message, words } = await show('churn#7')
    expect(words).toContain('train.csv md5:a1b2c3d4 (s3://bucket/train.csv)'.replace(' (', '  ('))
    expect(JSON.stringify(message.blocks)).toContain('"url":"https://data.example/val.csv"')
    expect(words).toContain('No metrics yet.')
  })

  it('keeps the limits of the platforms', async () => {
    const { message } = await show('churn#2')
    expect(problemsOfBlocks(renderSlack(message, 'a:x').blocks as never)).toEqual([])
    const [embed] = renderDiscord(message, 'a:x').embeds
    expect(embed?.description?.length).toBeLessThanOrEqual(4_096)
    expect(embed?.description).toContain('Was best in accuracy')
  })
})
