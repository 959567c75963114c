import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import { createMovingClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'

let discord: FakeDiscord
let instance: Instance
let channel: string
let user: string
let clock: TestClock

const MESSAGES = /^\/channels\/\d+\/messages$/

beforeEach(async () => {
  clock = createMovingClock()
  discord = await startFakeDiscord({ clock })
  channel = discord.addChannel('experiments')
  user = discord.addUser('ana')
  instance = await startInstance(
    {
      discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl },
      postTimeoutMs: 400,
    },
    { clock },
  )
  await watchProject(
    instance.app.ctx,
    { name: 'ana', origin: 'test' },
    { platform: 'discord', workspace: discord.guildId, channel },
    {
      project: 'churn',
      events: ['best', 'failed'],
      by: user,
    },
  )
  await instance.finish({ project: 'churn', metrics: { accuracy: 0.9 } })
})

afterEach(async () => {
  await instance.stop()
  await discord.stop()
})

async function settled(): Promise<boolean> {
  const { db } = instance.app.ctx
  const events = await db.selectFrom('outbox').select('id').execute()
  const open = await db
    .selectFrom('deliveries')
    .select('id')
    .where('status', 'in', ['planned', 'sending'])
    .execute()
  return events.length === 0 && open.length === 0
}

describe('a new best while Discord has its troubles', () => {
  it.each(['http500', 'resetBeforeStore', 'resetAfterStore', 'acceptThenTimeout', 'malformed'] as const)(
    'is posted once after %s',
    async (kind) => {
      discord.faults.add('POST', MESSAGES, { kind })
      await instance.finish({ project: 'churn', metrics: { accuracy: 0.95 } })
      await discord.until(() => discord.posts(channel).length > 0, 15_000)
      await expect.poll(settled, { timeout: 15_000 }).toBe(true)
      expect(discord.faults.left).toBe(0)
      expect(discord.posts(channel)).toHaveLength(1)
    },
  )

  it('waits as long as a 429 says, for the whole channel, and keeps the order', async () => {
    discord.faults.add('POST', MESSAGES, { kind: 'http429', retryAfter: 7 })
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.95 } })
    const { db } = instance.app.ctx
    const heldFor = async () => {
      const row = await db
        .selectFrom('channels')
        .select('next_post_at')
        .where('channel', '=', channel)
        .executeTakeFirst()
      return Math.ceil(((row?.next_post_at?.getTime() ?? 0) - clock.now().getTime()) / 1_000)
    }
    await expect.poll(heldFor, { timeout: 5_000 }).toBeGreaterThan(5)
    const failed = await instance.finish({ project: 'churn', status: 'failed' })
    expect(failed.run.ref).toBe('churn#3')
    const planned = () => db.selectFrom('deliveries').select('id').where('status', '=', 'planned').execute()
    await expect.poll(async () => (await planned()).length).toBe(2)
    clock.advance(4_000)
    expect(await heldFor()).toBeGreaterThan(0)
    expect(discord.posts(channel)).toHaveLength(0)
    clock.advance(3_000)
    await discord.until(() => discord.posts(channel).length === 2, 15_000)
    const texts = discord.posts(channel).map(({ raw }) => JSON.stringify([raw.content, raw.embeds]))
    expect(texts[0]).toContain('New best')
    expect(texts[1]).toContain('Run failed')
  })

  it('pauses a route after five refusals, tells whoever asked, and speaks again after another watch', async () => {
    discord.state.denied.set(channel, 'none')
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.95 } })
    const { db } = instance.app.ctx
    const paused = async () => {
      clock.advance(61_000)
      const row = await db
        .selectFrom('channels')
        .select('paused_at')
        .where('channel', '=', channel)
        .executeTakeFirst()
      return row?.paused_at !== null
    }
    await expect.poll(paused, { timeout: 15_000, interval: 300 }).toBe(true)
    await discord.until(
      () =>
        discord.state.messages.some(({ raw }) =>
          JSON.stringify([raw.content, raw.embeds]).includes('Messages are paused'),
        ),
      15_000,
    )
    const ready = (await (await instance.api('GET', '/readyz')).json()) as {
      checks: { name: string; ok: boolean }[]
    }
    expect(ready.checks.some(({ name, ok }) => name.startsWith('route discord') && !ok)).toBe(true)

    discord.state.denied.delete(channel)
    discord.slash({ channel, user, command: 'exp watch', options: { project: 'churn' } })
    await discord.until(() => discord.state.messages.some(({ visibleTo }) => visibleTo === user))
    clock.advance(120_000)
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.99 } })
    await discord.until(() => discord.posts(channel).length === 1, 15_000)
    expect(JSON.stringify(discord.posts(channel)[0]?.raw)).toContain('0.99')
  }, 60_000)
})
