import { cut } from '../../messages/build.ts'
import { cleanLine, toneWord } from '../../messages/clean.ts'
import type { Block, Button, Message, MessageRef, Tone } from '../../messages/model.ts'
import { unknownBlockLine } from '../../messages/unknown-block.ts'
import { webUrl } from '../../messages/web-url.ts'
import { buttonId, parseButtonId } from '../button-id.ts'
import { fitPieces, leftOut, moreUrl, type LayoutPiece, trimButtons } from '../fit.ts'
import { mentionedIn } from '../mentions.ts'
import { DISCORD } from './limits.ts'
import { factsPiece, moreText, runsPiece, tablePiece } from './render-lists.ts'
import {
  type Attachment,
  chartText,
  type DiscordPictures,
  imageText,
  NO_PICTURES,
  shownPictures,
} from './render-pictures.ts'
import { codePiece, escapedLine, present, textPiece } from './render-text.ts'

export interface DiscordContent {
  /** The fallback: what a notification shows, and people who have embeds switched off. */
  content: string
  embeds: Embed[]
  components: ActionRow[]
  /** The pictures that go with it, in the order of their files; an edit without them takes former ones away. */
  attachments: Attachment[]
  /** Text never pings: only the accounts that the message mentions are pinged. */
  allowed_mentions: { parse: []; users?: string[] }
}

interface Embed {
  title?: string
  /** Where the title leads. */
  url?: string
  description?: string
  color: number
  footer?: { text: string }
  image?: { url: string }
}

interface ActionRow {
  type: 1
  components: { type: 2; style: number; label: string; custom_id?: string; url?: string }[]
}

const COLOURS: Record<Tone, number> = { neutral: 0x64748b, good: 0x15803d, warning: 0xb45309, bad: 0xb91c1c }
/** Room for the line that says what is missing. */
const TAIL = 700

/**
 * A message as one line, an embed in plain lines, which reads well on a phone, and its buttons, within Discord's
 * limits: what does not fit is cut and said to be missing. Text is escaped: names are literal. Whom the message
 * mentions stands behind the line, as only there Discord pings; `ping: false` names them without it, for edits. A
 * chart without a picture among `pictures` is shown in words.
 */
export function renderDiscord(
  message: Message,
  ref: MessageRef,
  { ping = true, pictures = NO_PICTURES }: { ping?: boolean; pictures?: DiscordPictures } = {},
): DiscordContent {
  const { blocks, hidden: hiddenButtons } = trimButtons(message.blocks, DISCORD.rows * DISCORD.buttonsPerRow)
  const components = buttonRows(
    blocks.flatMap((block) => (block.type === 'buttons' ? block.buttons : [])),
    ref,
  )
  const title = titleOf(message)
  const shown = shownPictures(blocks, pictures)
  const [first, ...others] = shown
  const color = COLOURS[message.tone]
  const told = description(message, blocks, {
    pictured: new Set(shown.map(({ block }) => block)),
    hiddenButtons,
  })
  const embed: Embed = {
    ...(title === undefined ? {} : { title: escapedLine(title, DISCORD.title) || '\u2013' }),
    // An embed without any text is refused, and so is a message without anything.
    description: told || '\u2013',
    color,
    ...refPlace(ref, components, moreUrl(message)),
    ...(first === undefined ? {} : { image: { url: first.url } }),
  }
  const line = escapedLine(cut(cleanLine(message.fallback), DISCORD.fallback), DISCORD.content)
  // A post is recognised by its embed; an answer of one line needs none.
  const isWhole =
    told === '' && line !== '' && title === undefined && first === undefined && ref.startsWith('a:')
  const users = ping ? mentionedIn(message.blocks).filter(isAccount).slice(0, MENTIONS) : []
  return {
    content: [line, ...users.map((id) => `<@${id}>`)].join(' ').trimStart(),
    // An embed shows one picture.
    embeds: isWhole ? [] : [embed, ...others.map(({ url }) => ({ color, image: { url } }))],
    components,
    attachments: shown
      .flatMap(({ file }) => (file === undefined ? [] : [file]))
      .map((file, id) => ({ id, ...file })),
    allowed_mentions: { parse: [], ...(users.length === 0 ? {} : { users }) },
  }
}

const MENTIONS = 10

/** A user's id; any other text in its place pings no member. */
function isAccount(text: string): boolean {
  return /^\d{5,20}$/.test(text)
}

/** A first header stands in the title, unless the line above says the same already. */
function titleOf({ blocks, fallback }: Message): string | undefined {
  const [first] = blocks
  if (first?.type !== 'header') return undefined
  return cleanLine(fallback).startsWith(cleanLine(first.text)) ? undefined : first.text
}

function description(
  message: Message,
  blocks: Block[],
  { pictured, hiddenButtons }: { pictured: ReadonlySet<Block>; hiddenButtons: number },
): string {
  const word = toneWord(message.tone)
  const url = moreUrl(message)
  const body = blocks
    .slice(blocks[0]?.type === 'header' || isSaidAbove(message, blocks[0]) ? 1 : 0)
    .map((block) => pieceOf(block, pictured, url))
  const pieces = word === undefined ? body : [whole(`**${word}**`), ...body]
  const room = DISCORD.description - TAIL
  const { shown, hidden } = fitPieces(pieces, room, (parts) => parts.join('').length + parts.length * 2)
  const missing = leftOut(hidden, hiddenButtons)
  const lines = missing === undefined ? shown : [...shown, moreText(missing, url)]
  return lines.join('\n\n')
}

/** A first paragraph of plain words that the line above the embed says already. */
function isSaidAbove({ fallback }: Message, first: Block | undefined): boolean {
  if (first?.type !== 'text' || first.text.some(({ type }) => type !== 'text')) return false
  return cleanLine(fallback).startsWith(cleanLine(first.text.map(({ text }) => text).join('')))
}

/**
 * A posted message must be recognised again: its buttons carry the ref. Where there is none, the end of the address
 * that the title leads to does, out of sight, and without an address the footer.
 */
function refPlace(
  ref: MessageRef,
  rows: ActionRow[],
  url: string | undefined,
): Pick<Embed, 'url' | 'footer'> {
  const page = url === undefined || url.includes('#') ? undefined : url
  const carried = rows.some(({ components }) => components.some(({ custom_id }) => custom_id !== undefined))
  if (carried || ref.startsWith('a:')) return page === undefined ? {} : { url: page }
  return page === undefined ? { footer: { text: ref } } : { url: `${page}#${ref}` }
}

/** The ref of a message of ours, read back from Discord; undefined for anybody else's. */
export function refOfMessage(message: {
  components?: { components?: { custom_id?: string }[] }[]
  embeds?: { url?: string; footer?: { text?: string } }[]
}): MessageRef | undefined {
  for (const row of message.components ?? []) {
    for (const { custom_id } of row.components ?? []) {
      const parsed = custom_id === undefined ? undefined : parseButtonId(custom_id)
      if (parsed !== undefined) return parsed.ref
    }
  }
  const [embed] = message.embeds ?? []
  const place = embed?.footer?.text ?? embed?.url?.split('#')[1]
  return place !== undefined && /^[ad]:[a-z0-9]{1,20}$/.test(place) ? (place as MessageRef) : undefined
}

function whole(text: string): LayoutPiece<string> {
  return { units: 1, render: () => present(text) }
}

/** @param pictured the blocks whose pictures are shown with the embed */
function pieceOf(block: Block, pictured: ReadonlySet<Block>, url: string | undefined): LayoutPiece<string> {
  switch (block.type) {
    case 'header':
      return whole(`**${escapedLine(block.text, DISCORD.title)}**`)
    case 'text':
      return textPiece(block.text)
    case 'facts':
      return factsPiece(block, url)
    case 'table':
      return tablePiece(block, url)
    case 'runs':
      return runsPiece(block, url)
    case 'buttons':
      return { units: 1, render: () => [] }
    case 'context':
      return textPiece(block.text, (text) => text.replace(/^(?=.)/gm, '-# '))
    case 'link':
      return textPiece([{ type: 'link', text: block.text, url: block.url }])
    case 'image':
      return whole(imageText(block, pictured.has(block)))
    case 'chart':
      return whole(chartText(block, pictured.has(block)))
    case 'code':
      return codePiece(block.text)
    default:
      return textPiece([{ type: 'text', text: unknownBlockLine(block satisfies never) }])
  }
}

const STYLE_NUMBERS = { primary: 1, plain: 2, danger: 4, link: 5 } as const

function buttonRows(buttons: Button[], ref: MessageRef): ActionRow[] {
  return Array.from({ length: Math.ceil(buttons.length / DISCORD.buttonsPerRow) }, (_, row) => ({
    type: 1,
    components: buttons
      .slice(row * DISCORD.buttonsPerRow, (row + 1) * DISCORD.buttonsPerRow)
      .map((button) => renderButton(button, ref)),
  }))
}

/** An address that is too long for a button is answered to the click instead. */
function renderButton(
  { id, label, style, action }: Button,
  ref: MessageRef,
): ActionRow['components'][number] {
  const text = cut(cleanLine(label) || id, DISCORD.buttonText)
  const url = action.do === 'open' ? webUrl(action.url, DISCORD.url) : undefined
  if (url !== undefined) return { type: 2, style: STYLE_NUMBERS.link, label: text, url }
  return { type: 2, style: STYLE_NUMBERS[style ?? 'plain'], label: text, custom_id: buttonId(ref, id) }
}
