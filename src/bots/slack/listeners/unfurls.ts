import type { App } from '@slack/bolt'
import type { LinkUnfurls } from '@slack/types'
import { findRun } from '../../../domain/runs/read/find-run.ts'
import { parseRunUrl } from '../../../domain/runs/run-url.ts'
import type { RunKey } from '../../../db/tables.ts'
import { claimUnfurl } from '../../../domain/unfurls/claim-unfurl.ts'
import { AppError, messageOf } from '../../../errors.ts'
import type { Message } from '../../../messages/model.ts'
import { runCard } from '../../run-card.ts'
import { PICTURES_MS } from '../../transport.ts'
import type { Bot } from '../bot.ts'
import { renderSlack } from '../render.ts'
import { attempt } from './attempt.ts'
import { onEvent, type SlackEvent, textIn } from './on-event.ts'
import { refOf } from '../../../domain/values/ref.ts'

/** From so many links on a message is a list, and previews would bury it. */
const TOO_MANY = 3

/** Addresses of runs that people paste are shown with what they lead to, once in half an hour and channel. */
export function onLinks(app: App, bot: Bot): void {
  onEvent(app, bot, 'link_shared', async (event, team) => {
    const urls = urlsIn(event)
    const target = targetOf(event)
    if (target === undefined || urls.length >= TOO_MANY) return
    const cards: Card[] = []
    for (const [url, key] of await runsAt(bot, urls)) {
      const place = { platform: 'slack', workspace: team, place: target.place, message: target.message }
      if (await claimUnfurl(bot.ctx, key, place)) cards.push([url, await runCard(bot.ctx, key)])
    }
    if (cards.length === 0) return
    await attempt(bot, 'no preview', () => attach(bot, target, cards))
    // Slack does not wait for pictures; a preview that is sent again is changed.
    void addPictures(bot, team, target, cards).catch((error: unknown) =>
      bot.ctx.log.warn({ error: messageOf(error) }, 'Slack: a preview stays without its chart'),
    )
  })
}

type Card = [url: string, card: Message]

async function attach(
  { client }: Bot,
  { address }: Target,
  cards: Card[],
  files: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const unfurls: LinkUnfurls = {}
  for (const [url, card] of cards) {
    // There is no button in it that would lead back to a message.
    const { blocks, text } = renderSlack(card, 'd:0', { files })
    unfurls[url] = { blocks, fallback: text }
  }
  await client.chat.unfurl({ ...address, unfurls })
}

async function addPictures(bot: Bot, team: string, target: Target, cards: Card[]): Promise<void> {
  const { pictures } = bot.transport
  const files = new Map<string, string>()
  for (const [, card] of cards) {
    await pictures.prepare(team, card, AbortSignal.timeout(PICTURES_MS.post))
    for (const [hash, file] of await pictures.files(team, card)) files.set(hash, file)
  }
  if (files.size > 0) await attach(bot, target, cards, files)
}

interface Target {
  address: { channel: string; ts: string } | { unfurl_id: string; source: 'composer' }
  /** A message that is being written has no channel yet: its writer stands for it. */
  place: string
  message: string
}

function targetOf(event: SlackEvent): Target | undefined {
  const [channel, message, user] = ['channel', 'message_ts', 'user'].map((field) => textIn(event, field))
  if (channel === undefined || message === undefined || user === undefined) return undefined
  if (textIn(event, 'source') !== 'composer')
    return { address: { channel, ts: message }, place: channel, message }
  const id = textIn(event, 'unfurl_id')
  if (id === undefined) return undefined
  return { address: { unfurl_id: id, source: 'composer' }, place: `composer ${user}`, message: id }
}

/** Each as it was posted: Slack knows a preview by that text. */
function urlsIn({ links }: SlackEvent): string[] {
  if (!Array.isArray(links)) return []
  return (links as unknown[]).flatMap((link) => {
    const url = typeof link === 'object' && link !== null ? textIn(link as SlackEvent, 'url') : undefined
    return url === undefined ? [] : [url]
  })
}

/** The addresses that lead to runs, each run once. */
async function runsAt({ ctx }: Bot, urls: string[]): Promise<[url: string, key: RunKey][]> {
  const found = new Map<string, [string, RunKey]>()
  for (const url of urls) {
    const named = parseRunUrl(ctx, url)
    if (named === undefined) continue
    const key = await runOf(ctx, refOf(named.project, named.number))
    if (key !== undefined && !found.has(key.runId)) found.set(key.runId, [url, key])
  }
  return [...found.values()]
}

async function runOf(ctx: Bot['ctx'], ref: string): Promise<RunKey | undefined> {
  try {
    return await findRun(ctx, ref)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}
