import type { ActionsBlock, Button as SlackButton, KnownBlock } from '@slack/types'
import { chartHash } from '../../charts/hash.ts'
import { cut } from '../../messages/build.ts'
import { cleanLine, toneWord } from '../../messages/clean.ts'
import type { Block, Button, ChartBlock, ImageBlock, Message, MessageRef } from '../../messages/model.ts'
import { unknownBlockLine } from '../../messages/unknown-block.ts'
import { webUrl } from '../../messages/web-url.ts'
import { buttonId } from '../button-id.ts'
import { fitPieces, leftOut, moreUrl, type LayoutPiece, trimButtons } from '../fit.ts'
import { withoutMentions } from '../mentions.ts'
import { SLACK } from './limits.ts'
import { factsPiece, plainTablePiece, runsPiece, tablePiece } from './render-lists.ts'
import {
  codePiece,
  contextBlock,
  escape,
  moreBlock,
  plainContext,
  richText,
  textPiece,
} from './render-text.ts'

export interface SlackContent {
  text: string
  blocks: KnownBlock[]
}

/** Uploaded pictures: the id of each chart's file by the chart's hash. */
export type SlackFiles = ReadonlyMap<string, string>

const NO_FILES: SlackFiles = new Map()

export interface RenderOptions {
  /** False says the same without tables and pictures, for where Slack refuses them. */
  native?: boolean
  /** False names people without pinging them: in an edit they were pinged already. */
  ping?: boolean
  /** A chart that has no file here is shown in words. */
  files?: SlackFiles
  /** Characters of JSON that there is room for: a message's, unless it is a view. */
  room?: number
}

/**
 * A message in Block Kit, within Slack's limits: what does not fit is cut and said to be missing. Text is rich text,
 * plain or escaped, so that names are literal.
 */
export function renderSlack(
  message: Message,
  ref: MessageRef,
  { native = true, ping = true, files = NO_FILES, room = SLACK.json }: RenderOptions = {},
): SlackContent {
  const text = escape(cut(cleanLine(message.fallback), SLACK.fallback))
  const told = ping ? message.blocks : withoutMentions(message.blocks)
  const { blocks, hidden: hiddenButtons } = trimButtons(told, SLACK.buttons)
  const url = moreUrl(message)
  const state: State = { ref, native, files, url, tableUsed: false }
  const pieces = withTone(
    message,
    blocks.map((block) => pieceOf(block, state)),
  )
  const { shown, hidden } = fitPieces(pieces, room - TAIL, cost)
  const missing = leftOut(hidden, hiddenButtons)
  return { text, blocks: missing === undefined ? shown : [...shown, moreBlock(missing, url)] }
}

interface State {
  ref: MessageRef
  native: boolean
  files: SlackFiles
  /** Where a cut list continues, when the list itself does not say it. */
  url: string | undefined
  /** Slack takes one table in a message. */
  tableUsed: boolean
}

/** Room for the line that says what is missing. */
const TAIL = 900

/** A block costs its characters, and at least its share of the number of blocks that a message may have. */
function cost(blocks: KnownBlock[]): number {
  const least = Math.ceil(SLACK.json / SLACK.blocks)
  return blocks.reduce((total, block) => total + Math.max(JSON.stringify(block).length + 1, least), 0)
}

/** A bad tone in words, right below the title. */
function withTone({ tone, blocks }: Message, pieces: LayoutPiece<KnownBlock>[]): LayoutPiece<KnownBlock>[] {
  const word = toneWord(tone)
  if (word === undefined) return pieces
  const at = blocks[0]?.type === 'header' ? 1 : 0
  return [...pieces.slice(0, at), whole(plainContext(word)), ...pieces.slice(at)]
}

function whole(...blocks: KnownBlock[]): LayoutPiece<KnownBlock> {
  return { units: 1, render: () => blocks }
}

function pieceOf(block: Block, state: State): LayoutPiece<KnownBlock> {
  switch (block.type) {
    case 'header': {
      const text = cut(cleanLine(block.text), SLACK.header) || ' '
      return whole({ type: 'header', text: { type: 'plain_text', text, emoji: false } })
    }
    case 'text':
      return textPiece(block.text)
    case 'facts':
      return factsPiece(block, state.url)
    case 'table': {
      if (!state.native || state.tableUsed) return plainTablePiece(block, state.url)
      state.tableUsed = true
      return tablePiece(block, state.url)
    }
    case 'runs':
      return runsPiece(block, state.url)
    case 'buttons':
      return { ...whole(...buttonRows(block.buttons, state.ref)), reserved: true }
    case 'context':
      return whole(contextBlock(block.text))
    case 'link':
      return textPiece([{ type: 'link', text: block.text, url: block.url }])
    case 'image':
      return whole(...imageBlocks(block, state))
    case 'chart':
      return whole(...chartBlocks(block, state))
    case 'code':
      return codePiece(block.text)
    default:
      return textPiece([{ type: 'text', text: unknownBlockLine(block satisfies never) }])
  }
}

function buttonRows(buttons: Button[], ref: MessageRef): ActionsBlock[] {
  return Array.from({ length: Math.ceil(buttons.length / SLACK.buttonsPerRow) }, (_, row) => ({
    type: 'actions',
    elements: buttons
      .slice(row * SLACK.buttonsPerRow, (row + 1) * SLACK.buttonsPerRow)
      .map((button) => renderButton(button, ref)),
  }))
}

/** An address that is too long for a button is answered to the click instead. */
function renderButton({ action, id, label, style }: Button, ref: MessageRef): SlackButton {
  const url = action.do === 'open' ? webUrl(action.url, SLACK.buttonUrl) : undefined
  return {
    type: 'button',
    action_id: buttonId(ref, id),
    text: { type: 'plain_text', text: cut(cleanLine(label) || id, SLACK.buttonText), emoji: false },
    ...(style === undefined ? {} : { style }),
    ...(url === undefined ? {} : { url }),
  }
}

/** A chart is shown from a file that was uploaded before; its finding in words is the same without. */
function chartBlocks({ chart, alt, title }: ChartBlock, { native, files }: State): KnownBlock[] {
  const id = native ? files.get(chartHash(chart)) : undefined
  const words = pictureWords(alt, title)
  return id === undefined
    ? [described(words, undefined)]
    : [{ type: 'image', slack_file: { id }, ...shownWords(words) }]
}

/** Slack fetches pictures itself; where it cannot, the finding and a link say what they show. */
function imageBlocks({ url, alt, title }: ImageBlock, { native }: State): KnownBlock[] {
  const address = webUrl(url)
  const words = pictureWords(alt, title)
  return native && address !== undefined
    ? [{ type: 'image', image_url: address, ...shownWords(words) }]
    : [described(words, address)]
}

interface PictureWords {
  finding: string
  caption: string | undefined
}

function pictureWords(alt: string, title: string | undefined): PictureWords {
  return {
    finding: cut(cleanLine(alt), SLACK.alt) || 'image',
    caption: (title === undefined ? '' : cut(cleanLine(title), SLACK.title)) || undefined,
  }
}

function shownWords({ finding, caption }: PictureWords) {
  const title = { type: 'plain_text' as const, text: caption ?? '', emoji: false }
  return { alt_text: finding, ...(caption === undefined ? {} : { title }) }
}

function described({ finding, caption }: PictureWords, url: string | undefined): KnownBlock {
  return richText(
    [{ type: 'text', text: caption === undefined ? '' : `${caption}\n`, style: 'bold' }],
    [url === undefined ? { type: 'text', text: finding } : { type: 'link', text: finding, url }],
  )
}
