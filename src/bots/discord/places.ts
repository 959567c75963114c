import type { Client } from 'discord.js'
import type { Ctx } from '../../context.ts'
import type { MessagePlace } from '../thread-events.ts'

/** What the parts that listen to the gateway share. */
export interface Hearing {
  ctx: Ctx
  client: Client
  /** Whether the message-content intent is granted: else most messages come without their text. */
  readsContent(): boolean
  track(work: Promise<void>): void
}

/** A message's place as it is known everywhere: one in a thread belongs to the channel that the thread stands in. */
export async function placeOf(
  client: Client,
  { guild, channel, message }: { guild: string; channel: string; message: string },
): Promise<{ place: MessagePlace; thread: string | undefined }> {
  const parent = await parentOf(client, channel)
  const place = { platform: 'discord' as const, workspace: guild, channel: parent ?? channel, message }
  return { place, thread: parent === undefined ? undefined : channel }
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
