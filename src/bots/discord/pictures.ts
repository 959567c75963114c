import { DiscordAPIError, HTTPError } from 'discord.js'
import type { Pictures } from '../../charts/pictures.ts'
import type { ChartBlock, Message } from '../../messages/model.ts'
import { PICTURES_MS } from '../transport.ts'
import { DISCORD } from './limits.ts'
import type { DiscordPictures } from './render-pictures.ts'

/** Has a message's charts drawn, as far as that goes until `signal` aborts. Never rejects. @returns whether all are */
export async function preparePictures(
  pictures: Pictures,
  message: Message,
  signal: AbortSignal,
): Promise<boolean> {
  const all = Promise.all(shownCharts(message).map(({ chart }) => pictures.draw(chart, PICTURES_MS.post)))
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const drawn = await Promise.race([all, aborted])
  return drawn?.every((picture) => picture !== undefined) ?? false
}

/** The pictures of a message that are at hand. */
export function readyPictures(pictures: Pictures, message: Message): DiscordPictures {
  const ready = shownCharts(message).flatMap(({ chart }) => pictures.ready(chart) ?? [])
  return new Map(ready.map(({ hash, png }) => [hash, png]))
}

function shownCharts({ blocks }: Message): ChartBlock[] {
  return blocks.filter((block) => block.type === 'chart').slice(0, DISCORD.pictures)
}

const NO_PICTURES: DiscordPictures = new Map()

/**
 * Sends with the pictures; where Discord refuses that (no right to attach files, too large), the same without. What it
 * refused is certainly not there.
 */
export async function withOrWithout<T>(
  pictures: DiscordPictures,
  send: (pictures: DiscordPictures) => Promise<T>,
): Promise<T> {
  if (pictures.size === 0) return await send(pictures)
  try {
    return await send(pictures)
  } catch (error) {
    if (!isRefusal(error)) throw error
    return await send(NO_PICTURES)
  }
}

function isRefusal(error: unknown): boolean {
  const status = error instanceof DiscordAPIError || error instanceof HTTPError ? error.status : 0
  return status >= 400 && status < 500 && ![401, 404, 429].includes(status)
}
