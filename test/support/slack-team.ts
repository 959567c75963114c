import { expect } from 'vitest'
import { slackManifest } from '../../src/bots/slack/manifest.ts'
import { type FakeSlack, startFakeSlack } from './fake-slack/start.ts'
import type { Json, Stored } from './fake-slack/state.ts'
import { createMovingClock, type Instance, startInstance, type TestClock } from './instance.ts'
import type { TestDatabase } from './postgres.ts'

export const ANA = 'UANA'
export const BOB = 'UBOB'

/** An instance and the workspace that it works in, with one channel. */
export interface SlackTeam {
  slack: FakeSlack
  instance: Instance
  clock: TestClock
  channel: string
  /** What one person alone sees, as soon as it holds these words. */
  answerHolding(words: string, user?: string): Promise<Stored>
  answers(user?: string): Stored[]
  /** A new best that was told in the channel: run churn#2 has beaten churn#1. */
  record(): Promise<Stored>
  stop(): Promise<void>
}

export interface TeamOptions {
  publicUrl?: string
  mode?: 'socket' | 'http'
  database?: TestDatabase
  slack?: FakeSlack
}

export async function startSlackTeam(options: TeamOptions = {}): Promise<SlackTeam> {
  const { publicUrl = 'https://tracker.example', mode = 'socket' } = options
  const clock = createMovingClock()
  const manifest = slackManifest({ publicUrl, slack: undefined })
  const slack = options.slack ?? (await startFakeSlack({ clock, manifest }))
  const channel = slack.state.addChannel('experiments')
  const { botToken, apiUrl } = slack
  const tokens =
    mode === 'socket'
      ? { appToken: slack.appToken, signingSecret: undefined }
      : { appToken: undefined, signingSecret: slack.signingSecret }
  const { database } = options
  const instance = await startInstance(
    { publicUrl, slack: { botToken, apiUrl, ...tokens } },
    { clock, ...(database === undefined ? {} : { database }) },
  )
  if (mode === 'socket') await slack.until(() => slack.sockets.open.size === 2)
  const answers = (user = ANA) => slack.state.messages.filter(({ visibleTo }) => visibleTo === user)
  return {
    slack,
    instance,
    clock,
    channel,
    answers,
    answerHolding: (words, user) =>
      slack.until(() => answers(user).find((message) => shownText(message).includes(words))),
    record: async () => {
      slack.slash({ channel, user: ANA, text: 'watch churn best' })
      await slack.until(() => answers().some((message) => shownText(message).includes('new bests')))
      await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.9 } })
      await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy: 0.95 } })
      const post = await slack.until(() => slack.posts(channel)[0])
      await expect.poll(() => sentTo(instance, post.ts), { timeout: 20_000 }).toBe(true)
      return post
    },
    stop: async () => {
      await instance.stop()
      await slack.stop()
    },
  }
}

/** Whether the instance has written down what it posted, and its picture has followed: nothing changes it any more. */
async function sentTo({ app }: Instance, ts: string): Promise<boolean> {
  const { db } = app.ctx
  const sent = await db
    .selectFrom('deliveries')
    .select('pictures_due')
    .where('external_id', '=', ts)
    .execute()
  return sent.length > 0 && sent.every(({ pictures_due }) => !pictures_due)
}

/** Everything that somebody reads in a message. */
export function shownText({ text, blocks }: Pick<Stored, 'text' | 'blocks'>): string {
  return `${text}\n${JSON.stringify(blocks)}`
}

/** The input of a view that has this id. */
export function fieldOf(view: Json, id: string): Json | undefined {
  return (view['blocks'] as Json[]).find(({ block_id }) => block_id === id)?.['element'] as Json | undefined
}
