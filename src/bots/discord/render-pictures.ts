import { chartHash } from '../../charts/hash.ts'
import { cut } from '../../messages/build.ts'
import { cleanLine } from '../../messages/clean.ts'
import type { Block, ChartBlock, ImageBlock } from '../../messages/model.ts'
import { webUrl } from '../../messages/web-url.ts'
import { DISCORD } from './limits.ts'
import { escape, escapedLine, masked } from './render-text.ts'

/** Drawn pictures by the hash of their chart. */
export type DiscordPictures = ReadonlyMap<string, Uint8Array>

export const NO_PICTURES: DiscordPictures = new Map()

/** A picture that travels with the message: `id` is the place of its file. */
export interface Attachment {
  id: number
  filename: string
  description: string
}

export interface ShownPicture {
  block: Block
  url: string
  /** For a picture that travels with the message. */
  file?: Omit<Attachment, 'id'>
}

/** The first pictures of a message that can be shown: the others are shown in words. */
export function shownPictures(blocks: Block[], pictures: DiscordPictures): ShownPicture[] {
  return blocks
    .flatMap((block): ShownPicture[] => {
      if (block.type === 'chart') return chartPicture(block, pictures)
      const url = block.type === 'image' ? webUrl(block.url) : undefined
      return url === undefined ? [] : [{ block, url }]
    })
    .slice(0, DISCORD.pictures)
}

function chartPicture(block: ChartBlock, pictures: DiscordPictures): ShownPicture[] {
  const hash = chartHash(block.chart)
  if (!pictures.has(hash)) return []
  const filename = fileName(hash)
  const description = cut(cleanLine(block.alt), DISCORD.alt)
  return [{ block, url: `attachment://${filename}`, file: { filename, description } }]
}

function fileName(hash: string): string {
  return `chart-${hash.slice(0, 16)}.png`
}

/** The files that a rendered message refers to, as Discord's library takes them. */
export function pictureFiles(
  attachments: Attachment[],
  pictures: DiscordPictures,
): { name: string; data: Buffer; contentType: string }[] {
  const byName = new Map([...pictures].map(([hash, png]) => [fileName(hash), png]))
  return attachments.map(({ filename }) => ({
    name: filename,
    data: Buffer.from(byName.get(filename) ?? []),
    contentType: 'image/png',
  }))
}

/** An embed's picture has no alt text: the finding stands in words above it. */
export function imageText({ url, alt, title }: ImageBlock, pictured: boolean): string {
  const caption = title === undefined ? '' : `**${escapedLine(title, DISCORD.title)}**\n`
  const finding = cut(cleanLine(alt), DISCORD.line)
  return `${caption}${pictured ? `*${escape(finding)}*` : masked(finding, url)}`
}

/** A file's description carries the finding; without the picture it stands here. */
export function chartText({ alt, title }: ChartBlock, pictured: boolean): string {
  const caption = title === undefined ? '' : `**${escapedLine(title, DISCORD.title)}**\n`
  const finding = pictured ? '' : `*${escape(cut(cleanLine(alt), DISCORD.line))}*`
  return `${caption}${finding}`.trim()
}
