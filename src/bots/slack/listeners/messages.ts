import type { App } from '@slack/bolt'
import { messageOf } from '../../../errors.ts'
import { receiveDelete, receiveReply, type MessageKey } from '../../thread-events.ts'
import type { Bot } from '../bot.ts'
import { isAboutRuns } from '../our-message.ts'
import { permalinkOf } from '../permalink.ts'
import { readMessageText } from '../text.ts'
import { millisOf } from '../ts.ts'
import { onEvent, partIn, type SlackEvent, textIn } from './on-event.ts'

/** The receipt for a note: the bot's reaction on it. */
const RECEIPT = 'memo'

/** What a person writes; joins, topics, bots' posts and the like have subtypes of their own. */
const WRITTEN = new Set([undefined, 'thread_broadcast', 'file_share', 'me_message'])

/** Replies under our messages are notes: written, edited and taken back with them. */
export function onMessages(app: App, bot: Bot): void {
  onEvent(app, bot, 'message', async (event, team) => {
    const channel = textIn(event, 'channel')
    if (channel === undefined) return
    const subtype = textIn(event, 'subtype')
    if (subtype === 'message_deleted') return await deleted(bot, team, channel, event)
    if (subtype === 'message_changed') return await changed(bot, team, channel, event)
    await said(bot, { team, channel, message: event, version: millisOf(textIn(event, 'ts')) })
  })
}

/**
 * Slack sends a preview or a new reply as a change too; only another text is an edit. Its own time of an edit knows
 * no fractions of a second, the event's does.
 */
async function changed(bot: Bot, team: string, channel: string, event: SlackEvent): Promise<void> {
  const message = partIn(event, 'message')
  const before = partIn(event, 'previous_message')
  const edited = textIn(before, 'text') !== textIn(message, 'text')
  const version = millisOf(textIn(edited ? event : message, edited ? 'event_ts' : 'ts'))
  await said(bot, { team, channel, message, version })
}

async function deleted(bot: Bot, team: string, channel: string, event: SlackEvent): Promise<void> {
  const message = textIn(event, 'deleted_ts')
  const version = millisOf(textIn(event, 'event_ts'))
  const before = partIn(event, 'previous_message')
  // The first message of a thread, or one outside of any, was no note.
  if (message === undefined || version === undefined || !isReply(before)) return
  await receiveDelete(bot.ctx, { platform: 'slack', workspace: team, channel, message })
}

interface Said {
  team: string
  channel: string
  message: SlackEvent
  version: number | undefined
}

async function said(bot: Bot, { team, channel, message, version }: Said): Promise<void> {
  const [ts, parent, user] = [textIn(message, 'ts'), textIn(message, 'thread_ts'), textIn(message, 'user')]
  const byPerson = textIn(message, 'bot_id') === undefined && WRITTEN.has(textIn(message, 'subtype'))
  if (!byPerson || !isReply(message) || version === undefined) return
  if (ts === undefined || parent === undefined || user === undefined) return
  const place: MessageKey = { platform: 'slack', workspace: team, channel, message: ts }
  if (!(await isAboutRuns(bot, { ...place, message: parent }, textIn(message, 'parent_user_id')))) return
  const permalink = permalinkOf(await bot.whoWeAre(), channel, ts, parent)
  const outcome = await receiveReply(bot.ctx, {
    place,
    parent,
    text: await readMessageText(textIn(message, 'text') ?? '', bot.people.nameOf),
    account: user,
    name: await bot.people.nameOf(user),
    version,
    ...(permalink === undefined ? {} : { permalink }),
  })
  if (outcome !== 'not-ours') await confirm(bot, channel, ts)
}

function isReply(message: SlackEvent): boolean {
  const thread = textIn(message, 'thread_ts')
  return thread !== undefined && thread !== textIn(message, 'ts')
}

/** The note is kept whether or not Slack shows so; a message that is gone again needs no receipt. */
async function confirm({ client, ctx }: Bot, channel: string, timestamp: string): Promise<void> {
  try {
    await client.reactions.add({ channel, timestamp, name: RECEIPT })
  } catch (error) {
    const reason = messageOf(error)
    if (!/already_reacted|message_not_found/.test(reason))
      ctx.log.warn({ reason }, 'Slack: a note was kept, but not confirmed by a reaction')
  }
}
