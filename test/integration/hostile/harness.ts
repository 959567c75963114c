import { expect } from 'vitest'
import { slackManifest } from '../../../src/bots/slack/manifest.ts'
import { LOOK_ALIKES } from '../../../src/bots/slack/render-text.ts'
import { cleanLine, cleanText } from '../../../src/messages/clean.ts'
import { problemsOfBlocks } from '../../support/check-slack-blocks.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack/start.ts'
import { HOSTILE } from '../../support/hostile-text.ts'
import { createMovingClock, type Instance, startInstance, type TestClock } from '../../support/instance.ts'
import { readDiscord } from '../../support/read-discord.ts'
import { readSlack } from '../../support/read-slack.ts'

/** What somebody could type: with a visible sign, as long as a field of Discord's, without what the API refuses. */
export const TEXTS = HOSTILE.filter((text) => cleanLine(text) !== '').map((text) =>
  text.replaceAll('\0', '').toWellFormed().slice(0, 2_500),
)
export const ANA = 'UANA'
/** Stands in every note and learning, to be looked for. */
export const MARK = 'zebra'

type Json = Record<string, any>

/** An instance that ana talks to on both platforms. */
export interface Both {
  slack: FakeSlack
  discord: FakeDiscord
  instance: Instance
  clock: TestClock
  inSlack: string
  inDiscord: string
  /** Ana on Discord. */
  ana: string
  /** Types a line in Slack. @returns what one reads in the answer, which must be nothing but text */
  onSlack(text: string): Promise<string>
  /** Sends a command in Discord. @returns what one reads in the answer, which must be nothing but text */
  onDiscord(command: string, options: Record<string, string>): Promise<string>
  /** Whom the bot rang, in all messages together. */
  pings(): string[]
  stop(): Promise<void>
}

export async function startBoth(): Promise<Both> {
  const clock = createMovingClock()
  const publicUrl = 'https://tracker.example'
  const slack = await startFakeSlack({ clock, manifest: slackManifest({ publicUrl, slack: undefined }) })
  const discord = await startFakeDiscord({ clock })
  const inSlack = slack.state.addChannel('experiments')
  const inDiscord = discord.addChannel('experiments')
  const ana = discord.addUser('ana')
  const { botToken, appToken } = slack
  const instance = await startInstance(
    {
      publicUrl,
      slack: { botToken, appToken, apiUrl: slack.apiUrl, signingSecret: undefined },
      discord: { token: discord.token, applicationId: undefined, apiUrl: discord.apiUrl },
    },
    { clock },
  )
  await slack.until(() => slack.sockets.open.size === 2)
  await discord.until(() => (discord.state.commands.get('global') ?? []).length > 0)
  const answersInSlack = () => slack.state.messages.filter(({ visibleTo }) => visibleTo === ANA)
  return {
    ...{ slack, discord, instance, clock, inSlack, inDiscord, ana },
    onSlack: async (text) => {
      const before = answersInSlack().length
      slack.slash({ channel: inSlack, user: ANA, text })
      return readBlocks(await slack.until(() => answersInSlack()[before]))
    },
    onDiscord: async (command, options) => {
      const before = discord.answers(ana).length
      discord.slash({ channel: inDiscord, user: ana, command: `exp ${command}`, options })
      const isWhole = ({ raw }: { raw: Json }) => raw['embeds']?.length > 0 || raw['content'] !== ''
      return readMessage((await discord.until(() => discord.answers(ana).slice(before).find(isWhole))).raw)
    },
    pings: () => {
      const ours = discord.state.messages.filter(({ raw }) => raw['author'].id === discord.applicationId)
      return [...slack.state.messages, ...ours].flatMap((message) => message.pings)
    },
    stop: async () => {
      await instance.stop()
      await slack.stop()
      await discord.stop()
    },
  }
}

/** What one reads in a message on Slack, in which nothing else may be live. */
export function readBlocks({ blocks }: { blocks: Json[] }): string {
  expect(problemsOfBlocks(blocks)).toEqual([])
  const { live, text } = readSlack(blocks)
  expect(live).toEqual([])
  return text
}

/** What one reads in a message on Discord, in which nothing else may be live. */
export function readMessage(raw: Json): string {
  const embeds = (raw['embeds'] ?? []) as Json[]
  const parts = [raw['content'], ...embeds.flatMap(({ title, description }) => [title, description])]
  return parts
    .filter((part): part is string => typeof part === 'string')
    .map((part) => {
      const { text, live } = readDiscord(part)
      expect(live, part).toBeUndefined()
      return text
    })
    .join('\n')
}

/** Without spaces, and with signs and what stands in for them as one. */
function plain(text: string): string {
  return Object.entries(LOOK_ALIKES)
    .reduce((all, [sign, like]) => all.replaceAll(like, sign), text)
    .replaceAll(/\s/g, '')
}

/** The beginning of a text, which no place is too small for. */
export function beginning(text: string): string {
  return plain(cleanLine(text))
    .slice(0, 20)
    .replace(/[\ud800-\udbff]$/, '')
}

/** The text stands there as it is, but for what controls or hides. */
export function expectText(shown: string, text: string): void {
  expect(plain(shown)).toContain(beginning(text))
}

/** The first words of a note stand there: its markdown is shown, not its marks. */
export function expectNote(shown: string, text: string): void {
  for (const word of cleanText(text)
    .slice(0, 60)
    .match(/[\p{L}\p{N}]+/gu) ?? [])
    expect(shown).toContain(word)
}
