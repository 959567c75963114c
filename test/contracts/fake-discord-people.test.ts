import { Client, type Interaction, REST, Routes } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BITS } from '../support/fake-discord/permissions.ts'
import { type FakeDiscord, startFakeDiscord } from '../support/fake-discord/start.ts'
import { createTestClock } from '../support/instance.ts'

const GUILDS = 1
const GUILD_MESSAGES = 1 << 9
const REACTIONS = 1 << 10
const CONTENT = 1 << 15
const LEAST = BITS.viewChannel | BITS.sendMessages | BITS.readHistory

let fake: FakeDiscord
let client: Client
let channel: string
let user: string

beforeEach(async () => {
  fake = await startFakeDiscord({ permissions: LEAST | BITS.addReactions })
  channel = fake.addChannel('general')
  user = fake.addUser('ana')
})
afterEach(async () => {
  await client?.destroy()
  await fake.stop()
})

async function logIn(intents: number, commands: object[] = []): Promise<void> {
  client = new Client({ intents, rest: { api: fake.apiUrl, retries: 0 } })
  const ready = new Promise((done) => client.once('clientReady', done))
  await client.login(fake.token)
  await ready
  await client.rest.put(Routes.applicationCommands(fake.applicationId), { body: commands })
}

/** Everything that the gateway sends from now on, as it comes. */
function heard(): { t: string; d: Record<string, any> }[] {
  const events: { t: string; d: Record<string, any> }[] = []
  client.on('raw', (event: (typeof events)[number]) => {
    events.push(event)
    fake.state.changed()
  })
  return events
}

/** The answer to an interaction, or the error that the platform gave instead. */
async function answering(work: (interaction: Interaction) => Promise<unknown>): Promise<unknown> {
  const interaction = await new Promise<Interaction>((done) => client.once('interactionCreate', done))
  return await work(interaction).catch((error: unknown) => error)
}

const send = (body: object) =>
  client.rest.post(Routes.channelMessages(channel), { body }) as Promise<{ id: string }>
const annotate = { type: 3, name: 'Annotate' }
const modal = (extra: object = {}, field: object = {}) => ({
  title: 'Note',
  custom_id: 'note',
  components: [{ type: 18, label: 'Text', component: { type: 4, custom_id: 'text', style: 2, ...field } }],
  ...extra,
})

describe('a form', () => {
  it('opens from a message command, and what is typed arrives', async () => {
    await logIn(GUILDS, [annotate])
    const message = fake.message({ channel, user, content: 'churn#7 looks odd' })
    const opened = answering(async (i) => {
      if (!i.isMessageContextMenuCommand()) throw new Error('no message command')
      await i.showModal(modal({}, { value: i.targetMessage.content }))
    })
    const asked = fake.contextMenu({ messageId: message.raw.id, user, command: 'Annotate' })
    await opened
    expect(asked.modal).toMatchObject({
      components: [{ component: { value: 'churn#7 looks odd' } }],
    })
    const read = answering(async (i) => (i.isModalSubmit() ? i.fields.getTextInputValue('text') : undefined))
    fake.modalSubmit(asked, { text: 'label leak' })
    expect(await read).toBe('label leak')
  })

  it.each([
    ['title', modal({ title: 'x'.repeat(46) })],
    ['custom_id', modal({ custom_id: 'x'.repeat(101) })],
    ['label', modal({ components: [{ ...modal().components[0], label: 'x'.repeat(46) }] })],
    ['value', modal({}, { value: 'x'.repeat(4_001) })],
    ['max_length', modal({}, { max_length: 4_001 })],
    ['components', modal({ components: [] })],
  ])('is refused when its %s breaks a limit', async (path, body) => {
    await logIn(GUILDS, [annotate])
    const message = fake.message({ channel, user, content: 'hi' })
    const refused = answering((i) =>
      client.rest.post(Routes.interactionCallback(i.id, i.token), {
        body: { type: 9, data: body },
        auth: false,
      }),
    )
    const asked = fake.contextMenu({ messageId: message.raw.id, user, command: 'Annotate' })
    expect(String(await refused)).toContain(path)
    expect(asked.modal).toBeNull()
  })

  it('cannot open after a deferred answer, nor from another form', async () => {
    await logIn(GUILDS, [annotate])
    const message = fake.message({ channel, user, content: 'hi' })
    const late = answering(async (i) => {
      if (!i.isMessageContextMenuCommand()) throw new Error('no message command')
      await i.deferReply()
      await client.rest.post(Routes.interactionCallback(i.id, i.token), { body: { type: 9, data: modal() } })
    })
    fake.contextMenu({ messageId: message.raw.id, user, command: 'Annotate' })
    expect(await late).toMatchObject({ code: 40060 })
    const open = answering((i) =>
      client.rest.post(Routes.interactionCallback(i.id, i.token), { body: { type: 9, data: modal() } }),
    )
    const asked = fake.contextMenu({ messageId: message.raw.id, user, command: 'Annotate' })
    await open
    const again = answering((i) =>
      client.rest.post(Routes.interactionCallback(i.id, i.token), { body: { type: 9, data: modal() } }),
    )
    fake.modalSubmit(asked, { text: 'x' })
    expect(await again).toMatchObject({ code: 50035 })
  })
})

describe('an interaction', () => {
  it('is unknown after three seconds, and its token is no good after fifteen minutes', async () => {
    const clock = createTestClock()
    const strict = await startFakeDiscord({ clock })
    const place = { channel: strict.addChannel('general'), user: strict.addUser('ana') }
    const plain = new REST({ api: strict.apiUrl }).setToken(strict.token)
    await plain.put(Routes.applicationCommands(strict.applicationId), { body: [annotate] })
    const { raw } = strict.message({ ...place, content: 'hi' })
    const ask = () => strict.contextMenu({ messageId: raw['id'], user: place.user, command: 'Annotate' })
    const defer = ({ raw: { id, token } }: { raw: Record<string, any> }) =>
      plain.post(Routes.interactionCallback(id, token), {
        body: { type: 5, data: { flags: 64 } },
        auth: false,
      })
    const say = ({ raw: { token } }: { raw: Record<string, any> }) =>
      plain.patch(Routes.webhookMessage(strict.applicationId, token), { body: { content: 'x' }, auth: false })
    const [inTime, late] = [ask(), ask()]
    await defer(inTime)
    clock.advance(3_001)
    await expect(defer(late)).rejects.toMatchObject({ code: 10062 })
    clock.advance(14 * 60_000)
    await say(inTime)
    expect(strict.answers(place.user)).toHaveLength(1)
    clock.advance(60_000)
    await expect(say(inTime)).rejects.toMatchObject({ code: 50027 })
    await strict.stop()
  })
})

describe('what people write', () => {
  it('is empty without the message-content intent, unless it mentions the bot', async () => {
    await logIn(GUILDS | GUILD_MESSAGES)
    const events = heard()
    const post = await send({ content: 'a post', allowed_mentions: { parse: [] } })
    fake.message({ channel, user, content: 'quiet', replyTo: post.id, ping: false })
    fake.message({ channel, user, content: 'loud', replyTo: post.id })
    fake.editMessage(fake.message({ channel, user, content: 'plain' }).raw.id, 'changed')
    await fake.until(() => events.some(({ t }) => t === 'MESSAGE_UPDATE'))
    expect(events.map(({ t, d }) => [t, d['content']])).toEqual([
      ['MESSAGE_CREATE', 'a post'],
      ['MESSAGE_CREATE', ''],
      ['MESSAGE_CREATE', 'loud'],
      ['MESSAGE_CREATE', ''],
      ['MESSAGE_UPDATE', ''],
    ])
    expect(fake.state.messages.filter(({ pings }) => pings.includes(fake.applicationId))).toHaveLength(1)
  })

  it('is told by its thread, whose id is the id of the message that it started from', async () => {
    await logIn(GUILDS | GUILD_MESSAGES | CONTENT)
    const post = fake.message({ channel, user, content: 'a post' })
    const thread = fake.state.addChannel('log', { id: post.raw.id, type: 11, parent_id: channel })
    const events = heard()
    const first = fake.message({ channel: thread, user, content: 'in the thread' })
    const second = fake.message({ channel: thread, user, content: 'also' })
    fake.deleteMessages(thread, [first.raw.id, second.raw.id])
    await fake.until(() => events.length === 4)
    expect(events[1]?.d).toMatchObject({ channel_id: post.raw.id, content: 'in the thread' })
    expect(events[3]).toMatchObject({ t: 'MESSAGE_DELETE_BULK', d: { ids: [first.raw.id, second.raw.id] } })
  })

  it('is held back by a test, and sent in another order or twice', async () => {
    await logIn(GUILDS | GUILD_MESSAGES | CONTENT)
    const events = heard()
    fake.gateway.hold()
    const { raw } = fake.message({ channel, user, content: 'first' })
    fake.editMessage(raw.id, 'second')
    fake.gateway.release(([create, edit]) => [edit!, create!, edit!])
    await fake.until(() => events.length === 3)
    expect(events.map(({ t }) => t)).toEqual(['MESSAGE_UPDATE', 'MESSAGE_CREATE', 'MESSAGE_UPDATE'])
  })

  it('is not heard where the bot does not see the channel', async () => {
    await logIn(GUILDS | GUILD_MESSAGES | CONTENT)
    const events = heard()
    fake.state.denied.set(channel, 'none')
    fake.message({ channel, user, content: 'hidden' })
    fake.message({ channel: fake.addChannel('other'), user, content: 'seen' })
    await fake.until(() => events.length > 0)
    expect(events.map(({ d }) => d['content'])).toEqual(['seen'])
  })
})

describe('reactions', () => {
  it('are told one by one, and swept without names', async () => {
    await logIn(GUILDS | REACTIONS)
    const events = heard()
    const { raw } = fake.message({ channel, user, content: 'hi' })
    const other = fake.addUser('ben')
    fake.react({ messageId: raw.id, user, emoji: '🏆' })
    fake.react({ messageId: raw.id, user, emoji: '🏆' })
    fake.unreact({ messageId: raw.id, user, emoji: '🏆' })
    fake.react({ messageId: raw.id, user: other, emoji: '🧪' })
    fake.clearReactions(raw.id, '🧪')
    fake.clearReactions(raw.id)
    await fake.until(() => events.length === 5)
    expect(
      events.map(({ t, d }) => [t.replace('MESSAGE_REACTION_', ''), d['user_id'], d['member']?.roles]),
    ).toEqual([
      ['ADD', user, fake.state.rolesOf(user)],
      ['REMOVE', user, undefined],
      ['ADD', other, fake.state.rolesOf(other)],
      ['REMOVE_EMOJI', undefined, undefined],
      ['REMOVE_ALL', undefined, undefined],
    ])
  })

  it('of the bot take its permission, but for an emoji that is there already', async () => {
    await logIn(GUILDS)
    const { raw } = fake.message({ channel, user, content: 'hi' })
    const put = (emoji: string) =>
      client.rest.put(Routes.channelMessageOwnReaction(channel, raw.id, encodeURIComponent(emoji)))
    await put('📝')
    expect(fake.reactionsBy(raw.id, fake.applicationId)).toEqual(['📝'])
    fake.state.denied.set(channel, BITS.addReactions)
    await expect(put('🏆')).rejects.toMatchObject({ code: 50013 })
    fake.react({ messageId: raw.id, user, emoji: '🏆' })
    await put('🏆')
    expect(fake.reactionsBy(raw.id, fake.applicationId)).toEqual(['📝', '🏆'])
  })
})

describe('permissions', () => {
  it.each([
    ['embeds without Embed Links', { embeds: [{ title: 'x' }] }, 0n],
    ['text without Send Messages', { content: 'x' }, BITS.sendMessages],
    ['replies without Read Message History', { content: 'x', message_reference: {} }, BITS.readHistory],
  ])('refuse %s', async (_what, body, denied) => {
    const rest = new REST({ api: fake.apiUrl }).setToken(fake.token)
    fake.state.denied.set(channel, denied)
    await expect(rest.post(Routes.channelMessages(channel), { body })).rejects.toMatchObject({ code: 50013 })
  })

  it('of the bot stand in what clicks and commands bring', async () => {
    await logIn(GUILDS, [annotate])
    fake.state.denied.set(channel, BITS.sendMessages)
    const seen = answering(async (i) => i.appPermissions.bitfield)
    const { raw } = fake.message({ channel, user, content: 'hi' })
    fake.contextMenu({ messageId: raw.id, user, command: 'Annotate' })
    expect(await seen).toBe((LEAST | BITS.addReactions) & ~BITS.sendMessages)
  })
})

it('tells by the flags of the application whether message content may be read', async () => {
  const rest = new REST({ api: fake.apiUrl }).setToken(fake.token)
  expect(await rest.get(Routes.currentApplication())).toMatchObject({ flags: 1 << 19 })
  fake.gateway.disallowedIntents = CONTENT
  expect(await rest.get(Routes.currentApplication())).toMatchObject({ flags: 0 })
})

it('refuses commands that are too large as a whole, and context entries with descriptions', async () => {
  const rest = new REST({ api: fake.apiUrl }).setToken(fake.token)
  const put = (body: object[]) => rest.put(Routes.applicationCommands(fake.applicationId), { body })
  await expect(put([{ ...annotate, description: 'x' }])).rejects.toThrow('DESCRIPTION_NOT_EMPTY')
  const option = (i: number) => ({ type: 3, name: `o${i}`, description: 'x'.repeat(100) })
  const options = Array.from({ length: 4 }, (_, i) => ({
    ...{ type: 1, name: `s${i}`, description: 'x'.repeat(100) },
    options: Array.from({ length: 20 }, (_o, at) => option(at)),
  }))
  await expect(put([{ name: 'exp', description: 'x', options }])).rejects.toThrow('TOO_LARGE')
})
