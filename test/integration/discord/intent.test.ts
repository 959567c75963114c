import { afterEach, expect, it } from 'vitest'
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-instance.ts'

const CONTENT = 1 << 15
const DAY_MS = 24 * 3_600_000
let at: DiscordInstance
afterEach(() => at.stop())

const refuseContent = (one: Pick<DiscordInstance, 'discord'>['discord']) => {
  one.gateway.disallowedIntents = CONTENT
}
const health = async () => (await at.instance.app.checks()).find(({ name }) => name === 'discord')
const intents = () => [...at.discord.gateway.sessions.values()].map((session) => session.intents)
const suggestions = (channel = at.channel) =>
  at.discord.posts(channel).filter(({ raw }) => String(raw['content']).includes('Replies cannot be read'))

it('asks for what it needs and for nothing more', async () => {
  at = await startDiscordInstance()
  expect(intents()).toEqual([1 | (1 << 9) | (1 << 10) | CONTENT])
  expect(await health()).toMatchObject({ ok: true, detail: 'connected' })
})

it('works without the message-content intent, and says so once and for as long as it is so', async () => {
  at = await startDiscordInstance(refuseContent)
  expect(intents()).toEqual([1 | (1 << 9) | (1 << 10)])
  expect(at.discord.gateway.identifies).toBe(2)
  expect(await health()).toMatchObject({
    ok: true,
    detail: 'connected; replies cannot be read without the message-content intent: use Annotate or /exp note',
  })
  expect(at.log.filter(({ msg }) => msg.includes('message-content intent'))).toHaveLength(1)
  const post = await at.announce(0.9)
  at.discord.react({ messageId: post.raw['id'], user: at.user, emoji: '🏆' })
  await expect.poll(() => at.labels()).toEqual(['keep by ana'])
})

it('suggests another way once per channel and day, to the first whose reply it cannot read', async () => {
  at = await startDiscordInstance(refuseContent)
  const post = await at.announce(0.9)
  const say = (content: string, ping = false) =>
    at.discord.message({ channel: at.channel, user: at.user, content, replyTo: post.raw['id'], ping })
  at.discord.message({ channel: at.channel, user: at.user, content: 'to nobody' })
  const { raw: first } = say('looks off')
  const [hint] = await at.discord.until(() => (suggestions().length > 0 ? suggestions() : undefined))
  expect(hint?.raw['content']).toContain('/exp note churn#2')
  expect(hint?.raw['content']).toContain('Annotate')
  expect(hint?.raw).toMatchObject({ message_reference: { message_id: first['id'] } })
  expect(hint?.pings).toEqual([])
  at.discord.editMessage(first['id'], 'looks odd')
  say('and this')
  await at.restart()
  say('still')
  await at.settled()
  expect(suggestions()).toHaveLength(1)
  at.clock.advance(DAY_MS)
  say('tomorrow')
  await at.discord.until(() => suggestions().length === 2)
  expect(await at.notes()).toEqual([])
})

it('reads replies that ping it all the same', async () => {
  at = await startDiscordInstance(refuseContent)
  const post = await at.announce(0.9)
  at.discord.message({ channel: at.channel, user: at.user, content: 'a leak', replyTo: post.raw['id'] })
  await expect.poll(() => at.notes()).toEqual(['ana: a leak'])
  expect(suggestions()).toEqual([])
})

it('goes on without it when it is switched off later', async () => {
  at = await startDiscordInstance()
  const post = await at.announce(0.9)
  refuseContent(at.discord)
  at.discord.gateway.forgetSessions()
  at.discord.gateway.killSockets()
  await expect.poll(async () => (await health())?.detail).toContain('without the message-content intent')
  await at.discord.until(() => at.discord.gateway.connected > 0)
  expect(intents()).toEqual([1 | (1 << 9) | (1 << 10)])
  at.discord.message({ channel: at.channel, user: at.user, content: 'a leak', replyTo: post.raw['id'] })
  await expect.poll(() => at.notes()).toEqual(['ana: a leak'])
})

it('says once a day, where somebody watches, that replies there are not read', async () => {
  at = await startDiscordInstance(refuseContent)
  const told = () =>
    at.discord
      .answers(at.user)
      .filter(({ raw }) => JSON.stringify(raw['embeds']).includes('without the message-content intent'))
  expect(told()).toHaveLength(1)
  const asked = at.discord.slash({
    channel: at.channel,
    user: at.user,
    command: 'exp watch',
    options: { project: 'churn' },
  })
  await at.discord.until(() => asked.original?.edits.length)
  expect(told()).toHaveLength(1)
  const best = at.discord.slash({
    channel: at.channel,
    user: at.user,
    command: 'exp best',
    options: { metric: 'accuracy' },
  })
  await at.discord.until(() => best.original?.edits.length)
  expect(told()).toHaveLength(1)
})

it('takes notes by the menu of a message without it', async () => {
  at = await startDiscordInstance(refuseContent)
  const post = await at.announce(0.9)
  const form = at.discord.contextMenu({ messageId: post.raw['id'], user: at.user, command: 'Annotate' })
  await at.discord.until(() => form.modal)
  at.discord.modalSubmit(form, { text: 'a leak' })
  await expect.poll(() => at.notes()).toEqual(['ana: a leak'])
})
