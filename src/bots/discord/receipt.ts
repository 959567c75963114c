import { DiscordAPIError, Routes } from 'discord.js'
import { messageOf } from '../../errors.ts'
import type { Hearing } from './places.ts'

const RECEIPT = '📝'
/** The message is gone, its author blocks the bot, it has twenty emoji already: nothing to put right. */
const HARMLESS = new Set([10008, 90001, 30010])

/** Shows that a reply was stored as a note, without a message that people would have to read: the bot's reaction on it. The library waits out a 429. */
export async function giveReceipt(
  { ctx, client }: Hearing,
  { channel, message }: { channel: string; message: string },
): Promise<void> {
  try {
    await client.rest.put(Routes.channelMessageOwnReaction(channel, message, encodeURIComponent(RECEIPT)))
  } catch (error) {
    if (error instanceof DiscordAPIError && HARMLESS.has(Number(error.code))) return
    const fix = 'Give the bot Add Reactions and Read Message History there.'
    ctx.log.warn({ channel, error: messageOf(error), fix }, 'Discord: a note is kept, but has no receipt')
  }
}
