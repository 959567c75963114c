import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDrawer } from '../../support/drawers.ts'
import { ALL, BITS } from '../../support/fake-discord/permissions.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import type { Stored } from '../../support/fake-discord/state.ts'
import { createTestClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'
import { readPicture } from '../../support/ink.ts'

let discord: FakeDiscord
let instance: Instance
let clock: TestClock
let channel: string
let user: string
let drawer: ReturnType<typeof createTestDrawer>

beforeEach(async () => {
  clock = createTestClock(new Date())
  drawer = createTestDrawer()
  discord = await startFakeDiscord({ clock })
  channel = discord.addChannel('experiments')
  user = discord.addUser('ana')
  instance = await startInstance(
    {
      discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl },
      postTimeoutMs: 10_000,
    },
    { clock, drawer },
  )
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
})

afterEach(async () => {
  await instance.stop()
  await discord.stop()
})

const finish = (accuracy: number) =>
  instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })
const descriptionOf = ({ raw }: Stored): string => raw.embeds[0]?.description ?? ''

/** The one file of a message that its embed shows. */
function pictureOf(message: Stored) {
  const [attachment] = message.raw.attachments
  if (attachment === undefined) return undefined
  expect(message.raw.attachments).toHaveLength(1)
  expect(message.raw.embeds[0].image.url).toBe(`attachment://${attachment.filename}`)
  return attachment as { filename: string; size: number; description: string }
}

async function answerHolding(words: string): Promise<Stored> {
  return await discord.until(() =>
    discord.state.messages.findLast(
      (one) => one.visibleTo === user && JSON.stringify([one.raw.content, one.raw.embeds]).includes(words),
    ),
  )
}

async function watch(): Promise<void> {
  discord.slash({ channel, user, command: 'exp watch', options: { project: 'churn', events: 'best' } })
  await answerHolding('hears of new bests')
}

/** A record, and its post as soon as it is there. */
async function newBest(): Promise<Stored> {
  await finish(0.9)
  await finish(0.95)
  return await discord.until(() => discord.posts(channel)[0])
}

/** It is posted, and nothing is to be posted or edited any more. */
async function settled(): Promise<void> {
  const open = async () => {
    clock.advance(5_000)
    if (discord.posts(channel).length === 0) return ['not posted']
    return await instance.app.ctx.db
      .selectFrom('deliveries')
      .select(['status', 'edit_due_at'])
      .where((eb) => eb.or([eb('status', '!=', 'sent'), eb('edit_due_at', 'is not', null)]))
      .execute()
  }
  await expect.poll(open, { timeout: 30_000, interval: 200 }).toEqual([])
}

const FINDING = 'The best accuracy so far went from 0.9 to 0.95 in 2 records; marked: churn#2.'

describe('a new best on Discord', () => {
  it('is one post with its picture, which its finding describes', async () => {
    await watch()
    const post = await newBest()
    await discord.until(() => pictureOf(post))
    expect(pictureOf(post)).toMatchObject({ description: FINDING })
    const [file] = post.files
    const picture = await readPicture(file?.bytes ?? Buffer.alloc(0))
    expect([picture.width, picture.height]).toEqual([1_200, 720])
    expect(picture.ink(14, 14, 400, 24)).toBeGreaterThan(3)
    expect(descriptionOf(post)).not.toContain('so far went from')
    expect(discord.posts(channel)).toHaveLength(1)
  })

  it('that changes within its minute shows another picture, and only that', async () => {
    await watch()
    const post = await newBest()
    const before = await discord.until(() => pictureOf(post))
    await finish(0.96)
    clock.advance(60_000)
    await discord.until(() => descriptionOf(post).includes('0.96'))
    expect(pictureOf(post)?.description).toContain('to 0.96 in 3 records')
    expect(pictureOf(post)?.filename).not.toBe(before.filename)
    expect(discord.posts(channel)).toHaveLength(1)
  })

  it.each(['throws', 'hangs'] as const)('goes in words when drawing %s', async (fault) => {
    await watch()
    drawer.fault = fault
    const post = await newBest()
    await settled()
    expect(pictureOf(post)).toBeUndefined()
    expect(descriptionOf(post)).toContain('The best accuracy so far went from 0.9 to 0.95')
    expect(discord.posts(channel)).toHaveLength(1)
  })

  it('goes in words where the bot may not attach files', async () => {
    const role = discord.state.roles.get(discord.state.rolesOf(discord.applicationId)[0] ?? '')
    if (role !== undefined) role['permissions'] = String(ALL & ~BITS.administrator & ~BITS.attachFiles)
    await watch()
    const post = await newBest()
    await settled()
    expect(pictureOf(post)).toBeUndefined()
    expect(descriptionOf(post)).toContain('The best accuracy so far')
    expect(discord.posts(channel)).toHaveLength(1)
  })

  it('goes in words when Discord finds the file too large', async () => {
    await watch()
    discord.faults.add('PATCH', /messages/, { kind: 'error', code: 40005, status: 413 })
    const post = await newBest()
    await settled()
    expect(pictureOf(post)).toBeUndefined()
    expect(discord.posts(channel)).toHaveLength(1)
  })

  it.each(['resetAfterStore', 'http500', 'acceptThenTimeout'] as const)(
    'is there once, with its picture, after %s',
    async (kind) => {
      await watch()
      await finish(0.9)
      discord.faults.add('POST', /messages$/, { kind })
      await finish(0.95)
      await settled()
      expect(discord.posts(channel)).toHaveLength(1)
      expect(pictureOf(discord.posts(channel)[0] as Stored)).toMatchObject({ description: FINDING })
    },
    60_000,
  )
})

describe('an answer on Discord', () => {
  it('shows its chart to the asker alone, drawn once for all who ask', async () => {
    await finish(0.9)
    await finish(0.95)
    for (let asked = 1; asked <= 3; asked++) {
      discord.slash({ channel, user, command: 'exp leaderboard', options: { metric: 'accuracy' } })
      await discord.until(
        () => discord.state.messages.filter((one) => one.raw.attachments.length > 0).length === asked,
      )
    }
    const answer = await answerHolding('churn#2')
    expect(pictureOf(answer)?.description).toContain('churn#2 leads 2 runs by accuracy with 0.95')
    expect(answer.visibleTo).toBe(user)
    expect(drawer.drawn).toBe(1)
    expect(discord.posts(channel)).toEqual([])
  })

  it('comes without a picture when nothing draws', async () => {
    drawer.fault = 'throws'
    await finish(0.9)
    await finish(0.95)
    discord.slash({ channel, user, command: 'exp leaderboard', options: { metric: 'accuracy' } })
    const answer = await answerHolding('leads 2 runs')
    expect(pictureOf(answer)).toBeUndefined()
  })
})
