import { afterEach, beforeEach, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { nameAdmin } from '../../../src/domain/people/name-admin.ts'
import { findRun } from '../../../src/domain/runs/read/find-run.ts'
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-instance.ts'

let at: DiscordInstance
let messageId: string
let user: string
let ben: string

beforeEach(async () => {
  at = await startDiscordInstance()
  messageId = (await at.announce(0.9)).raw['id']
  user = at.user
  ben = at.discord.addUser('ben')
})
afterEach(() => at.stop())

const react = (emoji: string, who = user) => at.discord.react({ messageId, user: who, emoji })
const unreact = (emoji: string, who = user) => at.discord.unreact({ messageId, user: who, emoji })
const labelled = (labels: string[], ref?: string) => expect.poll(() => at.labels(ref)).toEqual(labels)
const isInvalid = async () => {
  const { ctx } = at.instance.app
  const { runId } = await findRun(ctx, 'churn#2')
  const run = await ctx.db
    .selectFrom('runs')
    .select('invalidated_at')
    .where('id', '=', runId)
    .executeTakeFirst()
  return run?.invalidated_at !== null
}

it('are labels: given, taken back, by everybody of their own', async () => {
  react('🏆')
  react('🏆', ben)
  react('🧪')
  react('🦆')
  await labelled(['ablation by ana', 'keep by ana', 'keep by ben'])
  unreact('🏆')
  await labelled(['ablation by ana', 'keep by ben'])
})

it('count in the order in which they came, whatever happened in between', async () => {
  at.discord.gateway.hold()
  react('🏆')
  unreact('🏆')
  at.discord.gateway.release(([add, remove]) => [remove!, add!, add!])
  await labelled(['keep by ana'])
  at.discord.gateway.hold()
  unreact('🏆')
  react('🏆')
  unreact('🏆')
  at.discord.gateway.killSockets()
  at.discord.gateway.release()
  await labelled([])
  expect(at.discord.gateway.resumes).toBe(1)
})

it('go with a moderator: of one emoji, or all of them', async () => {
  react('🏆')
  react('🏆', ben)
  react('🧪')
  react('⛔', ben)
  await labelled(
    ['ablation by ana', 'invalid by ben', 'keep by ana', 'keep by ben'].toSorted((a, b) =>
      a.slice(-3) < b.slice(-3) ? -1 : 1,
    ),
  )
  await expect.poll(isInvalid).toBe(true)
  at.discord.clearReactions(messageId, '🏆')
  await expect.poll(async () => (await at.labels()).length).toBe(2)
  at.discord.clearReactions(messageId)
  await labelled([])
  await expect.poll(isInvalid).toBe(false)
})

it('stay with the run that they were given to, also when the message tells of another one by then', async () => {
  react('🏆')
  await labelled(['keep by ana'])
  at.clock.advance(10_000)
  await at.instance.finish({ project: 'churn', metrics: { accuracy: 0.95 } })
  at.clock.advance(60_000)
  await at.discord.until(() =>
    at.discord.posts(at.channel).some(({ raw }) => String(raw['content']).includes('0.95')),
  )
  unreact('🏆')
  await labelled([])
})

it('on messages of any age, after a restart, are heard without asking Discord', async () => {
  await at.restart()
  const before = at.discord.calls.length
  react('🏆')
  await labelled(['keep by ana'])
  unreact('🏆')
  await labelled([])
  expect(at.discord.calls.slice(before).filter((call) => call.startsWith('GET /channels'))).toEqual([])
})

it('of bots are nothing', async () => {
  react('🏆', at.discord.addUser('robot', { bot: true }))
  await at.settled()
  expect(await at.labels()).toEqual([])
})

it('that need an admin are refused to others, who hear alone of who can', async () => {
  const { ctx } = at.instance.app
  const role = at.discord.addRole('ml-leads')
  await transaction(ctx.db, (trx) =>
    nameAdmin(
      trx,
      ctx,
      { name: 'root', origin: 'test' },
      {
        ...{
          platform: 'discord',
          workspace: at.discord.guildId,
          kind: 'role',
          subject: role,
          name: 'ml-leads',
        },
      },
    ),
  )
  react('⛔')
  const told = await at.discord.until(() =>
    at.discord.state.messages.find(({ raw }) => String(raw['content']).includes('Only admins may')),
  )
  expect(at.discord.state.channel(told.raw['channel_id'])).toMatchObject({
    type: 1,
    recipients: [{ id: user }],
  })
  expect(told.raw['content']).toContain('the role ml-leads')
  expect(await isInvalid()).toBe(false)
  at.discord.state.setRoles(ben, [...at.discord.state.rolesOf(ben), role])
  react('⛔', ben)
  await expect.poll(isInvalid).toBe(true)
})
