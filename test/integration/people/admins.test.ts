import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { type Claimant, listAdmins, requireAdmin } from '../../../src/domain/people/admins.ts'
import { type AdminInput, nameAdmin, removeAdmin } from '../../../src/domain/people/name-admin.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let context: TestContext
beforeAll(async () => void (context = await createTestContext()))
afterAll(() => context.close())
beforeEach(async () => void (await context.db.deleteFrom('admins').execute()))

const TESTER = { name: 'tester', origin: 'test' }
const name = (input: AdminInput) =>
  transaction(context.db, (trx) => nameAdmin(trx, context.ctx, TESTER, input))
const may = (who: Claimant) =>
  requireAdmin(context.ctx, who, 'say which way a metric is better').then(
    () => 'yes',
    (error: Error) => error.message,
  )

const ANA = { account: 'slack:T1:U1' }
const SLACK = { platform: 'slack', workspace: 'T1' } as const

test('while nobody is named, everybody may', async () => {
  expect(await may({ account: 'slack:T1:U9' })).toBe('yes')
})

describe('an admin who was named', () => {
  test('by account: that account in that workspace, and nobody else', async () => {
    await name({ kind: 'account', ...SLACK, subject: 'U1', name: 'ana' })
    expect(await may(ANA)).toBe('yes')
    expect(await may({ account: 'slack:T2:U1' })).toMatch(/^Only admins may .*: ana\.$/)
    expect(await may({ account: 'discord:T1:U1' })).toMatch(/Only admins/)
    expect(await may({ account: 'person:U1' })).toMatch(/Only admins/)
  })

  test('by role: whoever has it, told with the click or only when asked', async () => {
    await name({ kind: 'role', platform: 'discord', workspace: '99', subject: '555', name: 'ml-leads' })
    expect(await may({ account: 'discord:99:7', roles: ['1', '555'] })).toBe('yes')
    expect(await may({ account: 'discord:99:7', inRole: async (role) => role === '555' })).toBe('yes')
    expect(await may({ account: 'discord:98:7', roles: ['555'] })).toMatch(/the role ml-leads/)
    expect(await may({ account: 'discord:99:7', roles: ['1'], inRole: async () => false })).toMatch(/Only/)
  })

  test('by person: a token made for it and the accounts linked to it, whatever the case', async () => {
    await name({ kind: 'person', subject: 'Ana' })
    expect(await may({ account: 'person:ana' })).toBe('yes')
    expect(await may(ANA)).toMatch(/Only admins may/)
    const person = await context.db
      .insertInto('people')
      .values({ name: 'ana', created_at: context.ctx.clock.now() })
      .returning('id')
      .executeTakeFirstOrThrow()
    await context.db
      .insertInto('people_accounts')
      .values({ ...SLACK, account: 'U1', person_id: person.id, created_at: context.ctx.clock.now() })
      .execute()
    expect(await may(ANA)).toBe('yes')
  })

  test('a token with the scope admin passes always, the person of another token only by name', async () => {
    await name({ kind: 'person', subject: 'bob' })
    expect(await may({ account: 'person:admin', admin: true })).toBe('yes')
    expect(await may({ account: 'person:admin' })).toMatch(/bob/)
  })
})

test('the refusal names a handful and counts the rest', async () => {
  for (const subject of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await name({ kind: 'person', subject })
  expect(await may(ANA)).toBe('Only admins may say which way a metric is better: a, b, c, d, e and 2 more.')
})

test('naming twice is one admin; removing the last opens the door again; both are in the audit', async () => {
  await name({ kind: 'account', ...SLACK, subject: 'U1', name: 'ana' })
  const { id } = await name({ kind: 'account', ...SLACK, subject: 'U1', name: 'ana b' })
  expect(await listAdmins(context.db)).toMatchObject([{ id, name: 'ana b', named_by: 'tester' }])
  await transaction(context.db, (trx) => removeAdmin(trx, context.ctx, TESTER, id))
  expect(await may({ account: 'slack:T1:U9' })).toBe('yes')
  const trail = await context.db
    .selectFrom('audit')
    .select(['action', 'subject', 'actor'])
    .where('subject', 'in', ['admin ana', 'admin ana b'])
    .orderBy('id')
    .execute()
  expect(trail.slice(-3)).toEqual([
    { action: 'admin.name', subject: 'admin ana', actor: 'tester' },
    { action: 'admin.name', subject: 'admin ana b', actor: 'tester' },
    { action: 'admin.remove', subject: 'admin ana b', actor: 'tester' },
  ])
})

test.each([
  [{ kind: 'role', subject: 'S1' }, /platform/],
  [{ kind: 'account', platform: 'slack', subject: 'U1' }, /team id/],
  [{ kind: 'person', subject: ' ' }, /Whom/],
] as [AdminInput, RegExp][])('half an admin is refused: %j', async (input, message) => {
  await expect(name(input)).rejects.toThrow(message)
})
