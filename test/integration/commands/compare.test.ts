import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { renderDiscord } from '../../../src/bots/discord/render.ts'
import { renderSlack } from '../../../src/bots/slack/render.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedMetric, seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

const repo = 'git@gitlab.com:team/churn.git'
const [ONE, TWO, THREE] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string]
const data = (version: string) => [{ name: 'train.csv', version }]

beforeAll(async () => {
  test = await createTestContext()
  await seedRuns(
    test,
    {
      project: 'churn',
      name: 'small',
      owner: 'ben',
      params: { lr: 0.1, depth: 2 },
      metrics: { accuracy: 0.931, latency_ms: 12 },
      code: { repo, commit: ONE, dirty: false },
      data: data('md5:a1b2'),
    },
    {
      project: 'churn',
      name: 'wide',
      owner: 'ana',
      params: { lr: 0.01, depth: 2 },
      metrics: { accuracy: 0.941, latency_ms: 15 },
      code: { repo, commit: TWO, dirty: false },
      data: data('md5:a1b2'),
    },
    {
      project: 'churn',
      params: { lr: 0.02, depth: 2 },
      metrics: { accuracy: 0.95 },
      code: { repo, commit: THREE, dirty: true },
      data: data('md5:c3d4'),
      status: 'running',
    },
    { project: 'seeds', params: { lr: 1 }, seed: 1, metrics: { accuracy: 0.5 } },
    { project: 'seeds', params: { lr: 1 }, seed: 2, metrics: { accuracy: 0.6 } },
  )
  await seedMetric(test, { project: 'churn', metric: 'latency_ms', direction: 'min', unit: 'ms' })
})
afterAll(() => test.close())

const say = (line: string): Promise<Reply> => dispatch(test.ctx, asker(), line)

describe('compare', () => {
  it('says in words which run wins on what, and shows only what differs', async () => {
    const { message, data: facts } = await say('compare churn#1 #2')
    expect(message.fallback).toContain('churn#1 against churn#2: churn#2 wins on accuracy')
    const words = wordsOf(message)
    expect(words).toContain(
      'churn#2 wins on accuracy (0.941 against 0.931), churn#1 on latency_ms (12 ms against 15).',
    )
    expect(words).toContain('0.941 (+0.01, +1.1 %, better)')
    expect(words).toContain('15 (+3, +25 %, worse)')
    expect(words).not.toContain('depth')
    expect(words).not.toContain('comparable')
    expect(message.about).toHaveLength(2)
    expect(message.blocks).toContainEqual({
      type: 'link',
      text: 'What changed in the code',
      url: `https://gitlab.com/team/churn/-/compare/${ONE}...${TWO}`,
    })
    expect(facts).toMatchObject({
      comparable: true,
      code_url: `https://gitlab.com/team/churn/-/compare/${ONE}...${TWO}`,
      metrics: [
        { name: 'accuracy', best: [1], verdicts: [null, 'better'] },
        { name: 'latency_ms', best: [0], verdicts: [null, 'worse'] },
      ],
    })
  })

  it('takes a range, and says that other data are not comparable', async () => {
    const { message, data: facts } = await say('compare churn#1..3')
    const words = wordsOf(message)
    expect(message.tone).toBe('warning')
    expect(words).toContain('By the numbers alone: churn#3 wins on accuracy (0.95 against 0.941)')
    expect(words).toContain('not comparable as they stand: ')
    expect(words).toContain('data differs: train.csv md5:a1b2 → md5:c3d4')
    expect(words).toContain(', running')
    const links = message.blocks.filter(({ type }) => type === 'link')
    expect(links).toMatchObject([
      { text: 'What changed in the code, A to B' },
      { text: 'What changed in the code, A to C' },
    ])
    expect(buttonsOf(message).map(({ id }) => id)).toEqual(['show-0', 'show-1', 'show-2', 'share'])
    expect(facts).toMatchObject({ comparable: false })
  })

  it('says when the seed alone is different', async () => {
    expect(wordsOf((await say('compare seeds#1 seeds#2')).message)).toContain('by the seed alone')
  })

  it.each([
    ['compare', 'Something is missing'],
    ['compare churn#1', '2 to 5 different runs'],
    ['compare churn#1 churn#1', '2 to 5 different runs'],
    ['compare churn#1 churn#99', 'has no run #99'],
    ['compare churn#1 #2 #3 #1 #2 #3', 'I do not understand'],
  ])('refuses %s', async (line, words) => {
    expect((await say(line)).message.fallback).toContain(words)
  })

  it('reads well on Slack and Discord', async () => {
    const { message } = await say('compare churn#1..3')
    const slack = JSON.stringify(renderSlack(message, 'a:x').blocks)
    const [embed] = renderDiscord(message, 'a:x').embeds
    for (const part of ['better', 'worse', 'not comparable', 'What changed in the code, A to C'])
      expect([slack.includes(part), embed?.description?.includes(part)]).toEqual([true, true])
  })
})

it('best and leaderboard name the runs that used other data', async () => {
  for (const line of ['best accuracy in seeds', 'leaderboard accuracy in seeds'])
    expect(wordsOf((await say(line)).message)).not.toContain('comparable')
  await seedRuns(test, { project: 'other', metrics: { accuracy: 0.9 }, data: data('a1b2') })
  await seedRuns(test, { project: 'other', metrics: { accuracy: 0.8 }, data: data('c3d4') })
  await seedRuns(test, { project: 'other', metrics: { accuracy: 0.7 }, data: data('c3d4') })
  const told =
    'other#2 and 1 more are not comparable with other#1 as they stand: data differs: train.csv c3d4 → a1b2'
  for (const line of ['best accuracy in other', 'leaderboard accuracy in other']) {
    const { message, data: facts } = await say(line)
    expect(wordsOf(message)).toContain(told)
    expect(wordsOf(message)).toContain('other data')
    expect(facts).toMatchObject({ comparable: false })
  }
  const { data: facts } = await say('leaderboard accuracy in other')
  expect((facts as { rows: { comparable: boolean }[] }).rows.map(({ comparable }) => comparable)).toEqual([
    true,
    false,
    false,
  ])
})
