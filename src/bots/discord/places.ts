import type { Client } from 'discord.js'
import type { Ctx } from '../../context.ts'
import { type MessageKey, runsOfMessage } from '../thread-events.ts'

/** What the parts that listen to the gateway share. */
export interface Hearing {
  ctx: Ctx
  client: Client
  /** Whether the message-content intent is granted: else most messages come without their text. */
  readsContent(): boolean
  track(work: Promise<void>): void
}

/**
 * The places that a message may be known by. One in a thread belongs to the channel that the thread stands in; where
 * somebody watches in the thread itself, to the thread.
 */
export async function placesOf(
  client: Client,
  { guild, channel, message }: { guild: string; channel: string; message: string },
): Promise<{ places: MessageKey[]; thread: string | undefined }> {
  const parent = await parentOf(client, channel)
  const own = { platform: 'discord' as const, workspace: guild, channel, message }
  if (parent === undefined) return { places: [own], thread: undefined }
  return { places: [{ ...own, channel: parent }, own], thread: channel }
}

/** The runs of the message by the first place that knows it. */
export async function runsAt(
  ctx: Ctx,
  places: MessageKey[],
  message: string,
): Promise<{ projectId: number; runIds: string[] } | undefined> {
  for (const place of places) {
    const found = await runsOfMessage(ctx, { ...place, message })
    if (found !== undefined) return found
  }
  return undefined
}

/** The channel of a thread. A thread that was archived when we came is asked for once. */
async function parentOf(client: Client, id: string): Promise<string | undefined> {
  const channel = client.channels.cache.get(id) ?? (await client.channels.fetch(id).catch(() => null))
  return channel?.isThread() === true ? (channel.parentId ?? undefined) : undefined
}

export function linkTo({
  guild,
  channel,
  message,
}: {
  guild: string
  channel: string
  message: string
}): string {
  return `https://discord.com/channels/${guild}/${channel}/${message}`
}
