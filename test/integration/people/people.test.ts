import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { nameAdmin } from '../../../src/domain/people/name-admin.ts'
import { personOf } from '../../../src/domain/people/person-of.ts'
import { dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { press } from '../../../src/bots/press.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let context: TestContext

beforeAll(async () => {
  context = await createTestContext()
  await seedRuns(
    context,
    { project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } },
    { project: 'churn', owner: 'Ben', metrics: { accuracy: 0.8 } },
    { project: 'churn', owner: 'me', metrics: { accuracy: 0.7 } },
    { project: 'fraud', owner: 'ana', metrics: { accuracy: 0.6 } },
  )
})
afterAll(() => context.close())
beforeEach(async () => {
  await context.db.deleteFrom('people').execute()
  await context.db.deleteFrom('admins').execute()
})

const U1 = asker()
const U2 = asker({ userId: 'U2', name: 'benny' })
const say = (line: string, who = U1): Promise<Reply> => dispatch(context.ctx, who, line)
const refs = ({ data }: Reply) => (data as { runs: { ref: string }[] }).runs.map(({ ref }) => ref)
const find = async (filter: string, who = U1) => refs(await say(`runs ${filter}`, who))

describe('iam', () => {
  test('links the account to the owner name, as runs write it', async () => {
    const { message, data } = await say('iam ANA')
    expect(message.fallback).toBe('You are ana here.')
    expect(data).toEqual({ name: 'ana', former: null, taken_from: null })
    expect((await say('iam')).data).toEqual({ name: 'ana' })
    expect((await say('whoami')).message.fallback).toBe('You are ana here.')
    expect((await say('iam', asker({ workspace: 'T2' }))).data).toEqual({ name: null })
  })

  test('takes another name, and none', async () => {
    await say('iam ana')
    expect((await say('iam @ben')).data).toMatchObject({ name: 'Ben', former: 'ana' })
    expect((await say('iam nobody')).data).toEqual({ name: null, former: 'Ben' })
    expect((await say('iam nobody')).message.fallback).toMatch(/not linked to an owner/)
    expect((await say('iam "nobody"')).data).toMatchObject({ name: 'nobody' })
  })

  test('asks before it takes a name from another account of the workspace', async () => {
    await say('iam ana')
    const question = await say('iam ana', U2)
    expect(question.message.tone).toBe('warning')
    expect(wordsOf(question.message)).toContain('ana is linked to ana here already')
    expect(question.data).toEqual({ name: null, asked: 'ana', holder: 'ana' })
    expect((await say('iam')).data).toEqual({ name: 'ana' })
    const [yes] = buttonsOf(question.message)
    expect(yes?.label).toBe('Yes, I am ana')
    const pressed = await press(context.ctx, U2, `a:${question.answerId}`, yes?.id ?? '')
    expect(pressed).toMatchObject({ reply: { data: { name: 'ana', taken_from: 'ana' } } })
    expect((await say('iam')).data).toEqual({ name: null })
    expect((await say('iam', U2)).data).toEqual({ name: 'ana' })
    const elsewhere = await say('iam ana', asker({ workspace: 'T2' }))
    expect(elsewhere.data).toMatchObject({ name: 'ana', taken_from: null })
  })

  test('says when no run carries the name, and offers the ones that do', async () => {
    const { message } = await say('iam anna')
    expect(wordsOf(message)).toContain('No run has this owner yet. Did you mean ana')
    expect(buttonsOf(message).map(({ label }) => label)).toContain('I am ana')
    expect(wordsOf((await say('iam', asker({ userId: 'U3', name: 'BEN' }))).message)).toContain('I am Ben')
  })

  test('two accounts that claim a name at once: one has it, the other is asked', async () => {
    const askers = Array.from({ length: 6 }, (_, index) => asker({ userId: `U${index}`, name: `n${index}` }))
    const replies = await Promise.all(askers.map((who) => say('iam ana', who)))
    const names = replies.map(({ data }) => (data as { name: string | null }).name)
    expect(names.filter((name) => name === 'ana')).toHaveLength(1)
    expect(await context.db.selectFrom('people_accounts').selectAll().execute()).toHaveLength(1)
  })

  test("an admin's name is no way to an admin's rights", async () => {
    await transaction(context.db, (trx) =>
      nameAdmin(trx, context.ctx, { name: 'root', origin: 'test' }, { kind: 'person', subject: 'Ana' }),
    )
    const { message } = await say('iam ana', U2)
    expect(message.fallback).toMatch(/^Only admins may be ana.*: Ana\.$/)
    expect(await personOf(context.ctx, { platform: 'slack', workspace: 'T1', account: 'U2' })).toBeUndefined()
    const admin = asker({ platform: 'console', workspace: '', userId: 'admin', admin: true })
    expect((await say('iam ana', admin)).data).toMatchObject({ name: 'ana' })
  })

  test.each(['iam ana ben', 'iam ana take-over now', `iam ${'x'.repeat(251)}`, 'iam " "'])(
    'refuses: %.30s',
    async (line) => {
      expect((await say(line)).message.kind).toBe('error')
    },
  )

  test('a read-only token asks who it is and changes nothing', async () => {
    const reader = asker({ platform: 'console', workspace: '', userId: 'ana', readOnly: true })
    expect((await say('iam', reader)).data).toEqual({ name: 'ana' })
    expect((await say('iam ben', reader)).message.fallback).toMatch(/may only read/)
  })
})

describe('by:', () => {
  test('me is the owner that the account is linked to, in any place of the grammar', async () => {
    await say('iam ana')
    expect(await find('by:me')).toEqual(['fraud#1', 'churn#1'])
    expect(await find('in churn -by:me')).toEqual(['churn#3', 'churn#2'])
    expect(await find('by:"me"')).toEqual(['churn#3'])
    expect((await say('best accuracy in churn by:me')).data).toMatchObject({
      rows: [{ run: { ref: 'churn#1' } }],
    })
    expect((await say('leaderboard accuracy in churn where by:me and accuracy>0.1')).data).toMatchObject({
      rows: [{ run: { ref: 'churn#1' } }],
    })
    expect(await find('by:me', asker({ platform: 'console', workspace: '', userId: 'ben' }))).toEqual([
      'churn#2',
    ])
  })

  test('me of somebody unknown is an error that says what to do', async () => {
    for (const who of [U2, asker({ platform: 'console', workspace: '', userId: 'admin' })]) {
      const { message, data } = await say('runs in churn by:me', who)
      expect(message.fallback).toContain('/exp iam <name>')
      expect(data).toMatchObject({ field: 'q', token: 'by:me', position: 14 })
    }
  })

  test('an account leads to its person by its id, whatever names it and they have', async () => {
    await say('iam ben', asker({ userId: 'U7', name: 'benjamin' }))
    expect(await find('by:<@U7|some.body>')).toEqual(['churn#2'])
    expect(await find('by:<@U7>')).toEqual(['churn#2'])
    expect(await find('by:@Benjamin')).toEqual(['churn#2'])
    expect(await find('by:<@U7|ana>', asker({ workspace: 'T2' }))).toEqual(['fraud#1', 'churn#1'])
  })

  test('an account that nobody linked stands for the owner of its name', async () => {
    expect(await find('by:@ana')).toEqual(['fraud#1', 'churn#1'])
    expect(await find('by:<@U9|ana>')).toEqual(['fraud#1', 'churn#1'])
    expect(await find('by:@nobody')).toEqual([])
  })

  test('what a command suggests keeps the conditions', async () => {
    await say('iam ana')
    const { message } = await say('best accuracy by:me since:7d')
    expect(wordsOf(message)).toMatch(/\/exp best accuracy in churn by:ana since:2026-11-17T/)
    const wrong = await say('runs in chun by:<@U1|ana>')
    expect(buttonsOf(wrong.message)[0]?.action).toEqual({ do: 'ask', line: 'runs in churn by:<@U1|ana>' })
  })
})
