import { Client, GatewayIntentBits, REST, Routes } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderChannelHtml } from '../support/fake-discord/render.ts'
import { type FakeDiscord, startFakeDiscord } from '../support/fake-discord/start.ts'

const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent]
const command = {
  name: 'exp',
  description: 'Ask',
  options: [
    {
      type: 1,
      name: 'best',
      description: 'Best run',
      options: [{ type: 3, name: 'metric', description: 'Metric', required: true, autocomplete: true }],
    },
  ],
}
let fake: FakeDiscord
let client: Client
let rest: REST
let channel: string
let user: string

beforeEach(async () => {
  fake = await startFakeDiscord()
  channel = fake.addChannel('general')
  user = fake.addUser('ana')
  rest = new REST({ api: fake.apiUrl }).setToken(fake.token)
  client = new Client({ intents, rest: { api: fake.apiUrl } })
})
afterEach(async () => {
  await client.destroy()
  await fake.stop()
})

async function logIn(): Promise<void> {
  const ready = new Promise((done) => client.once('clientReady', done))
  await client.login(fake.token)
  await ready
  await rest.put(Routes.applicationGuildCommands(fake.applicationId, fake.guildId), { body: [command] })
}
const send = (body: object) => rest.post(Routes.channelMessages(channel), { body }) as Promise<{ id: string }>

describe('with the real Client', () => {
  it('answers a command, then a click on its button', async () => {
    await logIn()
    client.on('interactionCreate', async (i) => {
      if (i.isButton()) await i.update({ content: 'shared', embeds: [], components: [] })
      if (!i.isChatInputCommand()) return
      await i.deferReply({ flags: 64 })
      const row = { type: 1, components: [{ type: 2, style: 1, label: 'Share', custom_id: 'share' }] }
      await i.editReply({ embeds: [{ title: i.options.getString('metric', true) }], components: [row] })
    })
    fake.slash({ channel, user, command: 'exp best', options: { metric: 'accuracy' } })
    const answer = await fake.until(() =>
      fake.state.messages.find((m) => m.raw.embeds[0]?.title === 'accuracy'),
    )
    expect(answer.visibleTo).toBe(user)
    fake.click({ messageId: answer.raw.id, customId: 'share', user })
    await fake.until(() => answer.raw.content === 'shared')
    expect(fake.state.acks.map((a) => a.type)).toEqual([5, 7])
    expect(fake.posts(channel)).toEqual([])
  })

  it('offers choices and refuses what a person could not send', async () => {
    await logIn()
    client.on(
      'interactionCreate',
      (i) => void (i.isAutocomplete() && i.respond([{ name: 'accuracy', value: 'accuracy' }])),
    )
    const choices = await fake.autocomplete({
      channel,
      user,
      command: 'exp best',
      options: { metric: 'ac' },
      focused: 'metric',
    })
    expect(choices).toEqual([{ name: 'accuracy', value: 'accuracy' }])
    expect(() => fake.slash({ channel, user, command: 'exp best' })).toThrow('missing option metric')
  })

  it('resumes after a cut socket and replays what was missed', async () => {
    await logIn()
    const heard = new Promise((done) => client.once('messageCreate', (m) => done(m.content)))
    fake.gateway.killSockets()
    fake.message({ channel, user, content: 'while away' })
    expect(await heard).toBe('while away')
    expect(fake.gateway.resumes).toBe(1)
  })

  it('closes with 4014 on a disallowed intent', async () => {
    fake.gateway.disallowedIntents = GatewayIntentBits.MessageContent
    await expect(client.login(fake.token)).rejects.toThrow('disallowed intents')
  })
})

describe('with the real REST client', () => {
  it('stores one message for a nonce sent twice', async () => {
    const body = { content: 'hi', nonce: 'n1', enforce_nonce: true }
    expect((await send(body)).id).toBe((await send(body)).id)
    expect(fake.posts(channel)).toHaveLength(1)
  })

  it('survives 429, 500 and a reset after storing', async () => {
    fake.faults.add(
      'POST',
      /messages$/,
      { kind: 'http429', retryAfter: 0.01 },
      { kind: 'http500' },
      { kind: 'resetAfterStore' },
    )
    await send({ content: 'hi', nonce: 'n2', enforce_nonce: true })
    expect(fake.posts(channel)).toHaveLength(1)
    expect(fake.faults.left).toBe(0)
    expect(fake.calls).toHaveLength(4)
  })

  it('refuses what is over a limit and names the path', async () => {
    await expect(send({ embeds: [{ description: 'x'.repeat(4097) }] })).rejects.toThrow(
      'embeds[0].description[BASE_TYPE_MAX_LENGTH]',
    )
  })

  it('starts a thread from a message and knows no second one', async () => {
    const { id } = await send({ content: 'hi' })
    expect(await rest.post(Routes.threads(channel, id), { body: { name: 'log' } })).toMatchObject({
      id,
      type: 11,
    })
    await expect(rest.post(Routes.threads(channel, id), { body: { name: 'log' } })).rejects.toMatchObject({
      code: 160004,
    })
  })

  it('counts pings where allowed_mentions is missing', async () => {
    await send({ content: `@everyone <@${user}>` })
    await send({ content: `<@${user}>`, allowed_mentions: { parse: [] } })
    expect(fake.posts(channel).map((p) => p.pings)).toEqual([[user, 'everyone'], []])
  })

  it('answers 429 itself once a bucket is empty', async () => {
    fake.rateLimit.budget = { limit: 1, windowMs: 20 }
    await Promise.all([send({ content: 'one' }), send({ content: 'two' })])
    expect(fake.posts(channel).map((p) => p.raw.content)).toEqual(['one', 'two'])
  })

  it('draws what a channel shows, escaped', async () => {
    await send({ content: '**best** <b>', embeds: [{ title: 'churn' }] })
    expect(renderChannelHtml(fake.state, channel)).toMatch(/<b>best<\/b> &lt;b>.*churn/)
  })
})
