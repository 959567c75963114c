import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DiscordInstance, startDiscordInstance } from '../../support/discord-instance.ts'
import type { Stored } from '../../support/fake-discord/state.ts'

let at: DiscordInstance
let post: Stored

beforeEach(async () => {
  at = await startDiscordInstance()
  post = await at.announce(0.9)
})
afterEach(() => at.stop())

/** Writes a reply under the post. @returns its id */
function reply(
  content: string,
  extra: { user?: string; channel?: string; replyTo?: string; ping?: boolean } = {},
): string {
  const { channel, user } = at
  at.clock.advance(1_000)
  return at.discord.message({ channel, user, replyTo: post.raw['id'], ping: false, ...extra, content }).raw[
    'id'
  ]
}

const receiptsOn = (id: string) => at.discord.reactionsBy(id, at.discord.applicationId)
const noted = (notes: string[], ref?: string) => expect.poll(() => at.notes(ref)).toEqual(notes)

describe('a reply under a post', () => {
  it('is a note, with a receipt that nobody has to read', async () => {
    const id = reply('looks too good')
    await at.discord.until(() => receiptsOn(id).length > 0)
    expect(receiptsOn(id)).toEqual(['📝'])
    expect(await at.notes()).toEqual(['ana: looks too good'])
    const rows = at.instance.app.ctx.db.selectFrom('notes').select(['permalink', 'author_account'])
    expect(await rows.execute()).toEqual([
      {
        permalink: `https://discord.com/channels/${at.discord.guildId}/${at.channel}/${id}`,
        author_account: `discord:${at.discord.guildId}:${at.user}`,
      },
    ])
    expect(at.discord.posts(at.channel)).toHaveLength(1)
  })

  it('is followed when it is edited and deleted', async () => {
    const id = reply('looks to good')
    await noted(['ana: looks to good'])
    at.clock.advance(1_000)
    at.discord.unfurl(id)
    at.discord.editMessage(id, 'looks too good')
    await noted(['ana: looks too good'])
    at.discord.deleteMessage(id)
    await noted([])
  })

  it('ends in the same state whatever order and however often its events come', async () => {
    at.discord.gateway.hold()
    const [edited, kept, gone] = ['one', 'two', 'three'].map((text) => reply(text)) as [
      string,
      string,
      string,
    ]
    at.clock.advance(1_000)
    at.discord.editMessage(edited, 'one, once more')
    at.discord.deleteMessage(gone)
    at.discord.gateway.release((held) => [...held.toReversed(), ...held, ...held.toReversed()])
    await at.settled()
    await expect.poll(async () => (await at.notes()).toSorted()).toEqual(['ana: one, once more', 'ana: two'])
    expect([edited, kept].map(receiptsOn)).toEqual([['📝'], ['📝']])
  })

  it('says what people see: names instead of ids, without the ping of the bot in front', async () => {
    const ben = at.discord.addUser('ben')
    const bot = `<@${at.discord.applicationId}>`
    reply(`${bot} ask <@${ben}> in <#${at.channel}> <:leak:123456789012345678> **now**, \`lr\` <t:0:R>`)
    await noted(['ana: ask @ben in #experiments :leak: **now**, `lr` 1970-01-01T00:00Z'])
  })

  it('goes when a moderator deletes many at once', async () => {
    const ids = [reply('one'), reply('two')]
    await expect.poll(async () => (await at.notes()).length).toBe(2)
    at.discord.deleteMessages(at.channel, ids)
    await noted([])
  })

  it('is heard after the connection was cut in between, and after a restart', async () => {
    const id = reply('before')
    await noted(['ana: before'])
    at.discord.gateway.killSockets()
    at.clock.advance(1_000)
    at.discord.editMessage(id, 'before, edited')
    reply('meanwhile')
    await noted(['ana: before, edited', 'ana: meanwhile'])
    expect(at.discord.gateway.resumes).toBe(1)
    await at.restart()
    at.clock.advance(1_000)
    at.discord.editMessage(id, 'long after')
    reply('after')
    await noted(['ana: long after', 'ana: meanwhile', 'ana: after'])
  })
})

describe('what is no note', () => {
  it('is what bots say, what Discord says, and what stands under no post of ours', async () => {
    const { discord, channel, user } = at
    const robot = discord.addUser('robot', { bot: true })
    reply('by a bot', { user: robot })
    discord.message({ channel, user, content: 'to nobody' })
    const human = discord.message({ channel, user, content: 'a question' })
    reply('to a person', { replyTo: human.raw['id'] })
    const { raw } = discord.state.store(channel, user, {
      message_reference: { type: 1, message_id: post.raw['id'] },
      content: '',
    })
    discord.state.store(channel, user, { type: 6, message_reference: { message_id: post.raw['id'] } })
    await at.settled()
    expect(await at.notes()).toEqual([])
    expect(receiptsOn(raw['id'])).toEqual([])
  })

  it('is what is deleted in channels that we have nothing to do with: nothing is written for it', async () => {
    const other = at.discord.addChannel('random')
    const ids = Array.from(
      { length: 20 },
      (_, i) => at.discord.message({ channel: other, user: at.user, content: `gone ${i}` }).raw['id'],
    )
    at.discord.deleteMessages(other, ids)
    for (const content of ['x', 'y'])
      at.discord.deleteMessage(at.discord.message({ channel: other, user: at.user, content }).raw['id'])
    await at.settled()
    const { db } = at.instance.app.ctx
    const seen = db.selectFrom('events_seen').select('key').where('platform', '=', 'deleted')
    expect((await seen.execute()).filter(({ key }) => key.includes(other))).toEqual([])
  })
})

describe('a thread under a post', () => {
  it('holds notes, answers to other people in it too; a thread that was archived when we came as well', async () => {
    const thread = at.discord.state.addChannel('why?', {
      ...{ id: post.raw['id'], type: 11, parent_id: at.channel, guild_id: at.discord.guildId },
      thread_metadata: {
        archived: false,
        auto_archive_duration: 60,
        archive_timestamp: at.clock.now().toISOString(),
        locked: false,
      },
    })
    const first = at.discord.message({ channel: thread, user: at.user, content: 'a leak?' }).raw['id']
    const ben = at.discord.addUser('ben')
    await noted(['ana: a leak?'])
    reply('yes, in train.csv', { channel: thread, user: ben, replyTo: first })
    await noted(['ana: a leak?', 'ben: yes, in train.csv'])
    expect(receiptsOn(first)).toEqual(['📝'])
    expect(at.discord.calls.filter((call) => call === `GET /channels/${thread}`)).toHaveLength(1)
    at.discord.deleteMessage(first)
    await noted(['ben: yes, in train.csv'])
  })

  it('that watches itself hears of runs, and what is said there is noted, labelled and followed', async () => {
    const { discord, user } = at
    const thread = discord.state.addChannel('ablations', {
      ...{ type: 11, parent_id: at.channel, guild_id: discord.guildId },
      thread_metadata: {
        archived: false,
        auto_archive_duration: 60,
        archive_timestamp: at.clock.now().toISOString(),
        locked: false,
      },
    })
    const watch = {
      channel: thread,
      user,
      command: 'exp watch',
      options: { project: 'churn', events: 'best,failed' },
    }
    discord.slash(watch)
    await discord.until(() =>
      discord.answers(user).find(({ raw }) => raw['channel_id'] === thread && raw['edited_timestamp']),
    )
    await at.announce(0.95)
    const told = await discord.until(() => discord.posts(thread)[0])
    const { db } = at.instance.app.ctx
    const sent = (id: string) => () =>
      db.selectFrom('deliveries').select('id').where('external_id', '=', id).execute()
    await expect.poll(sent(told.raw['id'])).toHaveLength(1)
    const said = reply('a leak?', { channel: thread, replyTo: told.raw['id'] })
    await noted(['ana: a leak?'], 'churn#3')
    discord.react({ messageId: told.raw['id'], user, emoji: '🏆' })
    await expect.poll(() => at.labels('churn#3')).toEqual(['keep by ana'])
    discord.deleteMessage(said)
    await noted([], 'churn#3')
    const form = discord.contextMenu({ messageId: told.raw['id'], user, command: 'Annotate' })
    await discord.until(() => form.modal)
    expect(form.modal).toMatchObject({ title: 'Note on churn#3' })

    at.clock.advance(120_000)
    const { run } = await at.instance.finish({ project: 'churn', status: 'running' })
    await at.instance.api('POST', `/api/v1/runs/${run.id}/logs`, { lines: ['CUDA out of memory'] })
    await at.instance.api('PATCH', `/api/v1/runs/${run.id}`, { status: 'failed' })
    await discord.until(() =>
      discord.posts(thread).some(({ raw }) => raw['content'].includes('The last line')),
    )
  })

  it('of a failed run takes notes on it, and the lines of its log are none', async () => {
    at.clock.advance(120_000)
    const { run } = await at.instance.finish({ project: 'churn', status: 'running' })
    await at.instance.api('POST', `/api/v1/runs/${run.id}/logs`, { lines: ['CUDA out of memory'] })
    await at.instance.api('PATCH', `/api/v1/runs/${run.id}`, { status: 'failed' })
    const failure = await at.discord.until(() =>
      at.discord.posts(at.channel).find(({ raw }) => String(raw['content']).includes('failed')),
    )
    const thread = failure.raw['id'] as string
    const lines = await at.discord.until(() => at.discord.posts(thread)[0])
    const { db } = at.instance.app.ctx
    const sent = () =>
      db.selectFrom('deliveries').select('id').where('external_id', '=', lines.raw['id']).execute()
    await expect.poll(sent).toHaveLength(1)
    reply('batch size', { channel: thread, replyTo: lines.raw['id'] })
    await noted(['ana: batch size'], run.ref)
  })
})

describe('the receipt', () => {
  it('waits as long as Discord says', async () => {
    at.discord.faults.add('PUT', /reactions/, { kind: 'http429', retryAfter: 0.2 })
    const id = reply('in a hurry')
    await at.discord.until(() => receiptsOn(id).length > 0)
    expect(at.discord.faults.left).toBe(0)
  })

  it('can be missing: the note is kept, and the log says what to give the bot', async () => {
    at.discord.faults.add('PUT', /reactions/, { kind: 'error', status: 403, code: 50013 })
    reply('without permission')
    await at.discord.until(() => at.log.some(({ msg }) => msg.includes('no receipt')))
    expect(at.log.find(({ msg }) => msg.includes('no receipt'))?.['fix']).toContain('Add Reactions')
    expect(await at.notes()).toEqual(['ana: without permission'])
  })
})
