import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { press } from '../../../src/bots/press.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let test: TestContext

const data = (version: string) => [{ name: 'train.csv', version }]

beforeAll(async () => {
  test = await createTestContext()
  await seedRuns(
    test,
    {
      project: 'churn',
      name: 'small',
      owner: 'ben',
      params: { lr: 0.1 },
      metrics: { accuracy: 0.931, foo: 3 },
      data: data('md5:a1b2c3d4e5f60718'),
    },
    {
      project: 'churn',
      name: 'wide-net',
      owner: 'ana',
      params: { lr: 0.01 },
      metrics: { accuracy: 0.941 },
      code: { repo: 'https://github.com/team/churn', commit: `3fa9c1d2${'0'.repeat(32)}` },
      data: data('md5:c3d4e5f60718a1b2'),
    },
    { project: 'churn', metrics: { accuracy: 0.95 }, status: 'running' },
    { project: 'fraud', metrics: { accuracy: 0.5, auc: 0.7 } },
  )
  test.advance(3 * 3_600_000)
})
afterAll(() => test.close())

const say = (line: string, who = asker()): Promise<Reply> => dispatch(test.ctx, who, line)

async function click(reply: Reply, id: string, who = asker()) {
  return await press(test.ctx, who, `a:${reply.answerId}`, id)
}

describe('best', () => {
  it('shows value, owner, commit, data, seeds and age, and who is ahead', async () => {
    const { message, data } = await say('best accuracy in churn')
    const words = wordsOf(message)
    for (const part of [
      '0.941 (best)',
      'churn#2',
      'wide-net',
      'ana',
      '3fa9c1d2',
      'c3d4e5f6',
      'churn#3',
      'ago',
    ]) {
      expect(words).toContain(part)
    }
    expect(words).toMatch(/not comparable/)
    expect(message.fallback.length).toBeLessThanOrEqual(150)
    expect(data).toMatchObject({
      project: 'churn',
      metric: 'accuracy',
      direction: 'max',
      aggregate: 'best',
      rows: [{ rank: 1, run: { ref: 'churn#2', owner: 'ana' }, value: 0.941, step: null, seeds: 1 }],
    })
  })

  it('says which runs it is about when conditions narrow it', async () => {
    const title = async (line: string) => {
      const { blocks } = (await say(line)).message
      return blocks[0]?.type === 'header' ? blocks[0].text : undefined
    }
    expect(await title('best accuracy in churn where lr<0.2 by:ana since:7d')).toBe(
      'Best accuracy in churn where lr<0.2 by:ana since:7d',
    )
    expect(await title('leaderboard accuracy in churn -by:ben')).toBe(
      'Leaderboard: accuracy in churn where -by:ben',
    )
    expect(await title('runs in churn status:failed')).toBe('No runs in churn where status:failed')
    expect((await say('runs in churn status:failed')).message.kind).toBe('empty')
  })

  it('shows values that stand side by side with as many digits as tell them apart', async () => {
    const own = await createTestContext()
    await seedRuns(own, ...[0.94385, 0.94383].map((auroc) => ({ project: 'near', metrics: { auroc } })))
    const { message } = await dispatch(own.ctx, asker(), 'best auroc')
    await own.close()
    expect(wordsOf(message)).toMatch(/0\.94385 \(best\).*0\.94383/)
  })

  it('answers with one row per project when none is said', async () => {
    const { message } = await say('best accuracy')
    expect(wordsOf(message)).toMatch(/churn#2.*fraud#1/)
    expect(wordsOf(message)).toContain('not comparable')
  })

  it('takes the only project that has the metric, and the one of the channel', async () => {
    expect((await say('best auc')).data).toMatchObject({ project: 'fraud' })
    const there = asker({ channel: 'C-fraud' })
    await say('use fraud', there)
    expect((await say('best accuracy', there)).data).toMatchObject({
      project: 'fraud',
      rows: [{ value: 0.5 }],
    })
  })

  it('filters', async () => {
    expect((await say('best accuracy in churn where lr>0.05')).data).toMatchObject({
      rows: [{ run: { ref: 'churn#1' } }],
    })
    expect(wordsOf((await say('best accuracy in churn by:zoe')).message)).toContain('No finished run fits')
  })

  it('asks which way is better; one click stores it and answers (A2)', async () => {
    const question = await say('best foo in churn')
    expect(question.message.kind).toBe('question')
    expect(buttonsOf(question.message).map(({ label }) => label)).toEqual([
      'Higher is better',
      'Lower is better',
    ])
    await expect(ask(test.ctx, asker(), 'best foo in churn')).rejects.toMatchObject({
      details: { choices: ['max', 'min'] },
    })
    const pressed = await click(question, 'min')
    expect(pressed).toMatchObject({
      kind: 'reply',
      reply: { command: 'best', data: { direction: 'min', rows: [{ value: 3 }] } },
    })
  })
})

describe('names that nobody knows (A4)', () => {
  it.each([
    ['best acuracy in churn', 'best accuracy in churn', 'best'],
    ['best accuracy in chrun', 'best accuracy in churn', 'best'],
    ['best es in churn', undefined, undefined],
    ['show churn#99', 'show churn#3', 'show'],
    ['runs in churn where lrr<0.05', undefined, 'runs'],
    ['bset accuracy in churn', 'best accuracy in churn', 'best'],
  ])('%s', async (line, corrected, command) => {
    const reply = await say(line)
    expect(reply.message.tone).toBe('warning')
    const tries = buttonsOf(reply.message).filter(({ action }) => action.do === 'ask')
    if (corrected !== undefined) expect(tries[0]?.action).toEqual({ do: 'ask', line: corrected })
    if (command === undefined) return
    expect(await click(reply, tries[0]?.id ?? '')).toMatchObject({ kind: 'reply', reply: { command } })
  })

  it('a run of this project by its number alone', async () => {
    const there = asker({ channel: 'C-churn' })
    await say('use churn', there)
    const reply = await say('show #99', there)
    expect(buttonsOf(reply.message)[0]?.action).toEqual({ do: 'ask', line: 'show churn#3' })
  })

  it('names the word that does not parse and its place in the whole line', async () => {
    const line = 'best accuracy top many'
    await expect(ask(test.ctx, asker(), line)).rejects.toMatchObject({
      code: 'invalid',
      details: { token: 'many', position: line.indexOf('many') },
    })
  })

  it('leads to help', async () => {
    for (const line of ['', '  ', 'help', '/exp']) expect((await say(line)).command).toBe('help')
    expect(buttonsOf((await say('frobnicate')).message).map(({ id }) => id)).toContain('help')
  })
})

describe('show, runs, projects, compare', () => {
  it('shows a run by ref, number and id', async () => {
    const { data } = await say('show churn#2')
    const { id } = (data as { run: { id: string } }).run
    for (const line of [`show ${id}`, `show ${id.slice(0, 20)}`]) {
      expect((await say(line)).data).toMatchObject({ run: { ref: 'churn#2' } })
    }
  })

  it('says what differs between runs, better or worse in words, and that data differ (C2, C3)', async () => {
    const { message, data } = await say('compare churn#1 churn#2')
    const words = wordsOf(message)
    expect(words).toMatch(/data differs: train.csv md5:a1b2c3d4 → md5:c3d4e5f6/)
    expect(words).toMatch(/not comparable/)
    expect(words).toMatch(/0.941 \(\+0.01.*better\)/)
    expect(data).toMatchObject({ comparable: false, params: [{ name: 'lr', values: ['0.1', '0.01'] }] })
    expect((data as { params: unknown[] }).params).toHaveLength(1)
  })

  it('refuses one run and six', async () => {
    expect((await say('compare churn#1 churn#1')).message.tone).toBe('warning')
    expect((await say(`compare ${'churn#1 '.repeat(6)}`)).message.tone).toBe('warning')
  })

  it('lists runs newest first, and projects', async () => {
    expect((await say('runs in churn')).data).toMatchObject({
      runs: [{ ref: 'churn#3' }, { ref: 'churn#2' }, { ref: 'churn#1' }],
    })
    expect((await say('projects')).data).toMatchObject({
      projects: [
        { name: 'fraud', runs: 1 },
        { name: 'churn', runs: 3 },
      ],
    })
  })
})

describe('a token of one project', () => {
  it('sees nothing of another', async () => {
    const { id } = await test.db
      .selectFrom('projects')
      .select('id')
      .where('name', '=', 'fraud')
      .executeTakeFirstOrThrow()
    const only = asker({ projectId: id })
    expect((await say('best accuracy', only)).data).toMatchObject({ project: 'fraud' })
    expect((await say('projects', only)).data).toMatchObject({ projects: [{ name: 'fraud' }] })
    for (const line of [
      'best accuracy in churn',
      'show churn#1',
      'compare churn#1 churn#2',
      'runs in churn',
      'use churn',
      'watch churn',
      'schedule leaderboard in churn mon 09:00',
      'goal accuracy min in churn',
      'report preview in churn',
    ]) {
      const { message } = await say(line, only)
      expect([line, message.kind]).toEqual([line, 'error'])
    }
  })
})

describe('a metric of several projects without a direction', () => {
  it('is asked about when no project has one, and left out where only some have', async () => {
    await seedRuns(test, { project: 'churn', metrics: { baz: 1 } }, { project: 'fraud', metrics: { baz: 2 } })
    const question = await say('best baz')
    expect(question.message.kind).toBe('question')
    expect(await click(question, 'max')).toMatchObject({ reply: { data: { rows: [{ value: 2 }] } } })
    expect((await say('leaderboard baz')).data).toMatchObject({
      project: null,
      rows: [{ run: { ref: 'fraud#2' } }],
    })
  })
})

describe('a token that may only read', () => {
  const reader = asker({ readOnly: true })

  it('changes nothing, by words or by buttons, and reads everything', async () => {
    await seedRuns(test, { project: 'fraud', metrics: { bar: 1 } })
    const question = await say('best bar in fraud', reader)
    const shareable = await say('best accuracy in churn', reader)
    expect(shareable.message.kind).toBe('best')
    for (const pressed of [await click(question, 'max', reader), await click(shareable, 'share', reader)]) {
      expect(pressed).toMatchObject({ kind: 'notice', text: expect.stringContaining('only read') })
    }
    for (const line of ['goal bar max in fraud', 'watch fraud', 'use fraud']) {
      await expect(ask(test.ctx, reader, line)).rejects.toMatchObject({ code: 'forbidden' })
    }
    expect((await say('watching', reader)).data).toEqual({ watches: [] })
    expect((await say('best bar in fraud')).message.kind).toBe('question')
  })
})

describe('Share', () => {
  it('posts what was seen, once, and says who shared it (C7)', async () => {
    const reply = await say('best accuracy in churn')
    expect(await click(reply, 'share')).toEqual({ kind: 'notice', text: 'Shared with this channel.' })
    expect(await click(reply, 'share')).toEqual({ kind: 'notice', text: 'It is shared already.' })
    const posts = await test.db.selectFrom('deliveries').selectAll().where('rule', '=', 'share').execute()
    expect(posts).toHaveLength(1)
    const posted = posts[0]?.message as Reply['message']
    expect(wordsOf(posted)).toContain('Shared by ana')
    expect(wordsOf(posted)).toContain('0.941 (best)')
    expect(buttonsOf(posted).map(({ id }) => id)).not.toContain('share')
    const due = await test.db
      .selectFrom('outbox')
      .select('topic')
      .where('topic', '=', 'channel.due')
      .execute()
    expect(due).toHaveLength(1)
  })

  it('is shared once by five clicks at the same time', async () => {
    const reply = await say('show churn#2')
    const clicks = await Promise.all(Array.from({ length: 5 }, () => click(reply, 'share')))
    expect(
      clicks.filter((one) => one.kind === 'notice' && one.text === 'Shared with this channel.'),
    ).toHaveLength(1)
  })

  it('says how to invite the bot where it may not post', async () => {
    const outside = asker({
      membership: async () => ({ canPost: false, reason: 'The bot is not here.', fix: 'Type /invite.' }),
    })
    const reply = await say('show churn#2', outside)
    expect(await click(reply, 'share', outside)).toEqual({
      kind: 'notice',
      text: 'The bot is not here. Type /invite.',
    })
  })

  it('is over after a day, and unknown buttons are told', async () => {
    const reply = await say('best accuracy in churn')
    expect(await click(reply, 'nothing')).toMatchObject({ kind: 'notice' })
    test.advance(24 * 3_600_000 + 1)
    expect(await click(reply, 'share')).toMatchObject({
      kind: 'notice',
      text: expect.stringContaining('run it again'),
    })
  })
})
