import {
  GatewayDispatchEvents,
  type GatewayMessageReactionAddDispatchData,
  type GatewayMessageReactionRemoveAllDispatchData,
  type GatewayMessageReactionRemoveDispatchData,
  type GatewayMessageReactionRemoveEmojiDispatchData,
  Routes,
} from 'discord.js'
import { labelOfReaction } from '../../domain/labels/reactions.ts'
import { messageOf } from '../../errors.ts'
import { receiveReaction, receiveCleared } from '../thread-events.ts'
import { type Hearing, placesOf } from './places.ts'
import { noticeText } from './render-text.ts'

type Added = GatewayMessageReactionAddDispatchData
type Removed = GatewayMessageReactionRemoveDispatchData
type Swept = GatewayMessageReactionRemoveAllDispatchData | GatewayMessageReactionRemoveEmojiDispatchData

/**
 * Reactions on messages of ours are labels. Discord sends no time with them: they count in the order in which they
 * come, which within one connection is the order in which they happened.
 */
export function hearReactions(hearing: Hearing): void {
  const { ctx, client, track } = hearing
  let last = 0
  /** Microseconds, each later than the one before. */
  const arrival = () => {
    last = Math.max(last + 1, ctx.clock.now().getTime() * 1_000)
    return last
  }
  const { MessageReactionAdd, MessageReactionRemove, MessageReactionRemoveAll, MessageReactionRemoveEmoji } =
    GatewayDispatchEvents
  client.ws.on(MessageReactionAdd, (heard: Added) => {
    if (heard.member?.user?.bot !== true) track(onReaction(hearing, heard, true, arrival()))
  })
  client.ws.on(MessageReactionRemove, (heard: Removed) => track(onReaction(hearing, heard, false, arrival())))
  const swept = (heard: Swept) => track(onSweep(hearing, heard, arrival()))
  client.ws.on(MessageReactionRemoveAll, swept)
  client.ws.on(MessageReactionRemoveEmoji, swept)
}

async function onReaction(
  hearing: Hearing,
  heard: Added | Removed,
  added: boolean,
  version: number,
): Promise<void> {
  const { ctx, client } = hearing
  const reaction = heard.emoji.name ?? ''
  const guild = heard.guild_id ?? ''
  if (guild === '' || heard.user_id === client.user?.id) return
  if (labelOfReaction(ctx.reactions, reaction) === undefined) return
  const at = { guild, channel: heard.channel_id, message: heard.message_id }
  const { places } = await placesOf(client, at)
  const member = 'member' in heard ? heard.member : undefined
  const said = {
    reaction,
    account: heard.user_id,
    name: member?.user?.username ?? client.users.cache.get(heard.user_id)?.username ?? heard.user_id,
    ...(member === undefined ? {} : { roles: member.roles }),
    added,
    version,
  }
  for (const place of places) {
    const outcome = await receiveReaction(ctx, { place, ...said })
    if (outcome?.refusal !== undefined) await replyInPrivate(hearing, heard.user_id, outcome.refusal)
    if (outcome !== undefined) return
  }
}

/** A moderator took off all reactions, or all of one emoji. */
async function onSweep({ ctx, client }: Hearing, heard: Swept, version: number): Promise<void> {
  const reaction = 'emoji' in heard ? (heard.emoji.name ?? '') : undefined
  const guild = heard.guild_id ?? ''
  if (guild === '') return
  if (reaction !== undefined && labelOfReaction(ctx.reactions, reaction) === undefined) return
  const at = { guild, channel: heard.channel_id, message: heard.message_id }
  const { places } = await placesOf(client, at)
  for (const place of places)
    await receiveCleared(ctx, { place, version, ...(reaction === undefined ? {} : { reaction }) })
}

/** Only a direct message answers a reaction in private, and people may have closed theirs. */
async function replyInPrivate({ ctx, client }: Hearing, user: string, text: string): Promise<void> {
  try {
    const direct = (await client.rest.post(Routes.userChannels(), { body: { recipient_id: user } })) as {
      id: string
    }
    const body = { content: noticeText(text), allowed_mentions: { parse: [] } }
    await client.rest.post(Routes.channelMessages(direct.id), { body })
  } catch (error) {
    ctx.log.debug({ error: messageOf(error) }, 'Discord: no direct message possible')
  }
}
