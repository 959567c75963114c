import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dispatch, type Reply } from '../../../src/bots/dispatch.ts'
import { press } from '../../../src/bots/press.ts'
import { asker, buttonsOf, wordsOf } from '../../support/askers.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { seedRuns } from '../../support/seed-runs.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
  await seedRuns(test, { project: 'churn', owner: 'ana', metrics: { foo: 1 } })
})
afterAll(() => test.close())
beforeEach(async () => {
  for (const table of ['admins', 'people'] as const) await test.db.deleteFrom(table).execute()
})

const ANA = asker()
const BEN = asker({ userId: 'U2', name: 'ben' })
const console = (name: string) => asker({ platform: 'console', workspace: '', userId: name, name })
const say = (line: string, who = ANA): Promise<Reply> => dispatch(test.ctx, who, line)
const told = async (line: string, who = ANA) => (await say(line, who)).message.fallback

describe('admins', () => {
  it('says that everybody may while nobody is named', async () => {
    expect(await told('admins')).toBe('No admin is named: everybody may do everything.')
    expect(await told('goal foo max in churn', BEN)).toBe('foo in churn: higher is better')
  })

  it('names an account, closes the door to others and says who can', async () => {
    expect(await told('admins add <@U1|ana>', BEN)).toBe('ana is an admin now.')
    expect(wordsOf((await say('admins')).message)).toMatch(/1 admin.*ana.*on Slack, named by ben/)
    const refused = await told('goal foo min in churn', BEN)
    expect(refused).toBe('Only admins may say which way a metric is better: ana.')
    expect(await told('admins add <@U2|ben>', BEN)).toBe('Only admins may name others: ana.')
    expect(await told('admins remove <@U1|ana>', BEN)).toBe('Only admins may remove others: ana.')
    expect(await told('goal foo min in churn')).toBe('foo in churn: lower is better')
  })

  it("keeps the one click of a direction's question to admins too", async () => {
    await seedRuns(test, { project: 'churn', metrics: { bar: 1 } })
    await say('admins add <@U1|ana>')
    const question = await say('best bar in churn', BEN)
    const [max] = buttonsOf(question.message)
    const pressed = await press(test.ctx, BEN, `a:${question.answerId}`, max?.id ?? '')
    expect(pressed).toEqual({ kind: 'notice', text: expect.stringMatching(/^Only admins may .*: ana\.$/) })
    expect((await say('best bar in churn')).message.kind).toBe('question')
    const own = await say('best bar in churn')
    expect(await press(test.ctx, ANA, `a:${own.answerId}`, max?.id ?? '')).toMatchObject({ kind: 'reply' })
  })

  it('warns whoever closes the door on themselves', async () => {
    const { message } = await say('admins add <@U2|ben>')
    expect(message.tone).toBe('warning')
    expect(wordsOf(message)).toContain('You are not among them: ask ben.')
  })

  it('names a role: on Discord its members are known, on Slack they are asked for', async () => {
    const discord = asker({ platform: 'discord', workspace: '99', userId: '7', roles: ['555'] })
    expect(await told('admins add role <@&555|ml-leads>', discord)).toBe('The role ml-leads is an admin now.')
    expect(await told('goal foo max in churn', asker({ ...discord, roles: ['1'] }))).toMatch(
      /the role ml-leads/,
    )
    expect(await told('goal foo max in churn', discord)).toBe('foo in churn: higher is better')
    await say('admins add <@&S1|leads>', discord)
    const slack = (member: boolean) => asker({ inRole: async (role) => member && role === 'S1' })
    expect(await told('goal foo min in churn', slack(true))).toMatch(/^Only admins/)
    await test.db.deleteFrom('admins').execute()
    await say('admins add <@&S1|leads>')
    expect(await told('goal foo min in churn', slack(true))).toBe('foo in churn: lower is better')
    expect(await told('goal foo min in churn', slack(false))).toMatch(/^Only admins/)
  })

  it('names a person, by accounts that are linked and by tokens', async () => {
    await say('iam ana')
    expect(await told('admins add ana')).toBe('ana is an admin now.')
    expect(await told('goal foo max in churn', console('Ana'))).toBe('foo in churn: higher is better')
    expect(await told('goal foo max in churn', console('ben'))).toMatch(/^Only admins/)
    expect(await told('admins add @ana', console('ben'))).toMatch(/^Only admins/)
  })

  it('removes by name, account or number, and says when the last one went', async () => {
    const { data } = await say('admins add <@U1|ana>')
    await say('admins add "Ben Silva"')
    const { admin } = data as { admin: { id: number } }
    expect(await told('admins remove "ben silva"')).toBe('Ben Silva is an admin no more.')
    const last = await say(`admins remove ${admin.id}`)
    expect(wordsOf(last.message)).toContain('everybody may do everything again')
    expect(await told('admins remove ana')).toBe('ana is no admin; /exp admins lists them.')
  })

  it.each([
    ['admins add', 'Something is missing'],
    ['admins promote ana', 'Something is missing'],
    ['admins add role ml-leads', 'which role ml-leads is'],
    ['admins add @stranger', 'which account @stranger is'],
    ['admins add ana ben', 'Something is missing'],
  ])('refuses %s', async (line, words) => {
    expect(await told(line)).toContain(words)
    expect(await test.db.selectFrom('admins').selectAll().execute()).toEqual([])
  })

  it('takes @name for the linked account of that name, and a plain person on the console', async () => {
    await say('iam ana', asker({ userId: 'U7', name: 'silva' }))
    expect((await say('admins add @Silva')).data).toMatchObject({ admin: { kind: 'account', subject: 'U7' } })
    await test.db.deleteFrom('admins').execute()
    expect((await say('admins add @ana', console('x'))).data).toMatchObject({ admin: { kind: 'person' } })
    expect(await told('admins remove role x', { ...console('x'), admin: true })).toContain('belongs to Slack')
  })
})
