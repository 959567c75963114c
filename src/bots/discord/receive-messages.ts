import {
  type GatewayMessageCreateDispatchData,
  GatewayDispatchEvents,
  type GatewayMessageDeleteBulkDispatchData,
  type GatewayMessageDeleteDispatchData,
  type GatewayMessageUpdateDispatchData,
  MessageReferenceType,
  MessageType,
} from 'discord.js'
import { knowsChannel } from '../../domain/channels/knows-channel.ts'
import { receiveDelete, receiveReply } from '../thread-events.ts'
import { linkTo, type Hearing, placesOf } from './places.ts'
import { plainText } from './plain-text.ts'
import { giveReceipt } from './receipt.ts'
import { suggestAnnotating } from './suggest-annotating.ts'

/**
 * Replies to messages of ours, and what is written in their threads, are notes; edits and deletions follow. Read from
 * the gateway's own payloads, which hold all of it for messages of any age; the library's objects would need a cache.
 */
export function hearMessages(hearing: Hearing): void {
  const { client, track } = hearing
  const { MessageCreate, MessageUpdate, MessageDelete, MessageDeleteBulk } = GatewayDispatchEvents
  client.ws.on(MessageCreate, (said: GatewayMessageCreateDispatchData) => track(onWritten(hearing, said)))
  client.ws.on(MessageUpdate, (said: GatewayMessageUpdateDispatchData) => {
    // A preview of a link, a pin: the text is as it was.
    if (said.edited_timestamp) track(onWritten(hearing, said))
  })
  client.ws.on(MessageDelete, ({ id, ...at }: GatewayMessageDeleteDispatchData) =>
    track(onDeleted(hearing, { ids: [id], ...at })),
  )
  client.ws.on(MessageDeleteBulk, (gone: GatewayMessageDeleteBulkDispatchData) =>
    track(onDeleted(hearing, gone)),
  )
}

type Said = GatewayMessageCreateDispatchData | GatewayMessageUpdateDispatchData

async function onWritten(hearing: Hearing, said: Said): Promise<void> {
  const { ctx, client } = hearing
  const at = { guild: said.guild_id ?? '', channel: said.channel_id, message: said.id }
  if (at.guild === '' || !isByPerson(said)) return
  const { places, thread } = await placesOf(client, at)
  const parents = [repliedTo(said), thread].filter((parent) => parent !== undefined)
  if (parents.length === 0) return
  if (said.content === '' && !hearing.readsContent()) {
    return await suggestAnnotating(hearing, { places, parents, said })
  }
  const heard = {
    text: plainText(said, client),
    account: said.author.id,
    name: said.author.username,
    permalink: linkTo(at),
    version: Date.parse(said.edited_timestamp ?? said.timestamp),
  }
  const ways = places.flatMap((place) => parents.map((parent) => ({ place, parent })))
  for (const way of ways) {
    const outcome = await receiveReply(ctx, { ...way, ...heard })
    if (outcome === 'noted') await giveReceipt(hearing, at)
    if (outcome !== 'not-ours') return
  }
}

/** Messages of people: not of bots and webhooks, nor of Discord itself (joins, pins, the first line of a thread). */
function isByPerson({ author, webhook_id, type }: Said): boolean {
  if (author.bot === true || webhook_id !== undefined) return false
  return type === MessageType.Default || type === MessageType.Reply
}

/** A forwarded message refers to another one too, and answers nothing. */
function repliedTo({ message_reference: reference }: Said): string | undefined {
  const isForward = reference?.type === MessageReferenceType.Forward
  return isForward ? undefined : reference?.message_id
}

async function onDeleted(
  { ctx, client }: Hearing,
  gone: { ids: string[]; guild_id?: string; channel_id: string },
): Promise<void> {
  const at = { guild: gone.guild_id ?? '', channel: gone.channel_id }
  if (at.guild === '') return
  const { places } = await placesOf(client, { ...at, message: '' })
  for (const place of places) {
    // People delete much that is not ours to follow.
    if (!(await knowsChannel(ctx, place))) continue
    for (const message of gone.ids) await receiveDelete(ctx, { ...place, message })
  }
}
