import { pino } from 'pino'
import { expect } from 'vitest'
import { PERMISSIONS } from '../../src/bots/discord/permissions.ts'
import { listNotes } from '../../src/domain/notes/list-notes.ts'
import { findRun } from '../../src/domain/runs/read/find-run.ts'
import { type FakeDiscord, startFakeDiscord } from './fake-discord/start.ts'
import type { Stored } from './fake-discord/state.ts'
import { createTestClock, type Instance, startInstance, type TestClock } from './instance.ts'
import { createTestDatabase } from './postgres.ts'

export interface DiscordInstance {
  discord: FakeDiscord
  instance: Instance
  clock: TestClock
  channel: string
  user: string
  /** Lines of the log, warnings and errors. */
  log: { msg: string; [key: string]: unknown }[]
  /** The post in the channel that is about this run, made by finishing better and better runs of churn. */
  announce(accuracy: number): Promise<Stored>
  /** What is noted about a run, as 'author: text'. */
  notes(ref?: string): Promise<string[]>
  /** Labels that a run has, each with who gave it: 'keep by ana'. */
  labels(ref?: string): Promise<string[]>
  /** Once everything that was heard so far is done: what is written last is done last. */
  settled(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

const LAST_WORD = 'the last word'

/** An instance on Discord with the least permissions, whose channel watches churn and has heard of its first best run. */
export async function startDiscordInstance(
  prepare: (discord: FakeDiscord) => void = () => {},
): Promise<DiscordInstance> {
  const clock = createTestClock(new Date('2026-11-24T10:00:00.000Z'))
  const permissions = PERMISSIONS.reduce((all, { bit }) => all | bit, 0n)
  const discord = await startFakeDiscord({ clock, permissions })
  const channel = discord.addChannel('experiments')
  const user = discord.addUser('ana')
  prepare(discord)
  const log: DiscordInstance['log'] = []
  const write = (line: string) => {
    log.push(JSON.parse(line) as (typeof log)[number])
    discord.state.changed()
  }
  const config = { discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl } }
  const database = await createTestDatabase()
  const start = async () => {
    const before = discord.gateway.identifies
    const made = await startInstance(config, {
      clock,
      log: pino({ level: 'warn' }, { write }),
      database,
    })
    await discord.until(() => discord.gateway.identifies > before && discord.gateway.connected > 0)
    await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
    return made
  }
  let instance = await start()
  const watch = { channel, user, command: 'exp watch', options: { project: 'churn' } }
  discord.slash(watch)
  await discord.until(() => discord.answers(user).some(({ raw }) => raw['flags'] === 64))
  await instance.finish({ project: 'churn', metrics: { accuracy: 0.5 } })

  return {
    discord,
    get instance() {
      return instance
    },
    clock,
    channel,
    user,
    log,
    announce: async (accuracy) => {
      clock.advance(120_000)
      const { run } = await instance.finish({ project: 'churn', metrics: { accuracy } })
      const post = await discord.until(() =>
        discord.posts(channel).find(({ raw }) => JSON.stringify(raw['embeds']).includes(run.ref)),
      )
      const sent = instance.app.ctx.db.selectFrom('deliveries').select('id').where('status', '=', 'sent')
      await expect.poll(() => sent.where('external_id', '=', post.raw['id']).execute()).toHaveLength(1)
      return post
    },
    notes: async (ref = 'churn#2') => {
      const { ctx } = instance.app
      const rows = await listNotes(ctx, await findRun(ctx, ref), 100)
      const told = rows.filter(({ text }) => text !== LAST_WORD)
      return told.map(({ author, text }) => `${author}: ${text}`).toReversed()
    },
    labels: async (ref = 'churn#2') => {
      const { ctx } = instance.app
      const { runId } = await findRun(ctx, ref)
      const rows = await ctx.db
        .selectFrom('run_labels')
        .select(['label', 'name'])
        .where('run_id', '=', runId)
        .where('present', '=', true)
        .orderBy('name')
        .execute()
      return rows.map(({ label, name }) => `${label} by ${name}`)
    },
    settled: async () => {
      const [post] = discord.posts(channel)
      if (post === undefined) throw new Error('nothing was announced')
      const { raw } = discord.message({ channel, user, content: LAST_WORD, replyTo: post.raw['id'] })
      await discord.until(() => discord.reactionsBy(raw['id'], discord.applicationId).length > 0)
      clock.advance(1_000)
      discord.deleteMessage(raw['id'])
    },
    restart: async () => {
      await instance.stop()
      instance = await start()
    },
    stop: async () => {
      // Whatever a test is about: nobody is pinged, and no message leaves it to Discord who might be.
      expect(discord.state.unguarded).toEqual([])
      const ours = discord.state.messages.filter(({ raw }) => raw['author'].id === discord.applicationId)
      expect(ours.filter(({ pings }) => pings.length > 0)).toEqual([])
      await instance.stop()
      await discord.stop()
      await database.drop()
    },
  }
}
