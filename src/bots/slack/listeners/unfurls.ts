import type { App } from '@slack/bolt'
import type { LinkUnfurls, MessageAttachment } from '@slack/types'
import { findRun } from '../../../domain/runs/find-run.ts'
import { parseRunUrl } from '../../../domain/runs/run-url.ts'
import type { RunKey } from '../../../domain/runs/types.ts'
import { claimUnfurl } from '../../../domain/unfurls/claim-unfurl.ts'
import { AppError } from '../../../errors.ts'
import { runCard } from '../../run-card.ts'
import type { Bot } from '../bot.ts'
import { toDeliveryError } from '../errors.ts'
import { renderSlack } from '../render.ts'
import { onEvent, type SlackEvent, textIn } from './on-event.ts'

/** From so many links on a message is a list, and previews would bury it. */
const TOO_MANY = 3

/** Addresses of runs that people paste are shown with what they lead to, once in half an hour and channel. */
export function onLinks(app: App, bot: Bot): void {
  onEvent(app, bot, 'link_shared', async (event, team) => {
    const urls = urlsIn(event)
    const target = targetOf(event)
    if (target === undefined || urls.length >= TOO_MANY) return
    const unfurls: LinkUnfurls = {}
    for (const [url, key] of await runsAt(bot, urls)) {
      const place = { platform: 'slack', workspace: team, place: target.place, message: target.message }
      if (await claimUnfurl(bot.ctx, key, place)) unfurls[url] = await preview(bot, key)
    }
    if (Object.keys(unfurls).length === 0) return
    await attach(bot, target, unfurls)
  })
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
    const key = await runOf(ctx, `${named.project}#${named.number}`)
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

async function preview({ ctx }: Bot, key: RunKey): Promise<MessageAttachment> {
  // There is no button in it that would lead back to a message.
  const { blocks, text } = renderSlack(await runCard(ctx, key), 'd:0', { native: false })
  return { blocks, fallback: text }
}

/** What Slack cannot take now comes again with the event, as nobody acknowledges it. */
async function attach({ client, ctx }: Bot, { address }: Target, unfurls: LinkUnfurls): Promise<void> {
  try {
    await client.chat.unfurl({ ...address, unfurls })
  } catch (error) {
    const { kind, reason } = toDeliveryError(error)
    if (kind === 'rate_limited' || kind === 'ambiguous') throw error
    ctx.log.warn({ reason }, 'Slack: no preview')
  }
}
