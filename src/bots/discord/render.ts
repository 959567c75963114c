import { cut } from '../../messages/build.ts'
import type {
  Block,
  Button,
  Inline,
  Message,
  MessageRef,
  RunsBlock,
  TableBlock,
  Tone,
} from '../../messages/model.ts'
import { buttonId, parseButtonId } from '../button-id.ts'
import { cleanLine, cleanText, toneWord } from '../../messages/clean.ts'
import { DISCORD } from './limits.ts'

export interface DiscordContent {
  /** Empty: everything stands in the embed. An edit to it clears what was there. */
  content: string
  embeds: Embed[]
  components: ActionRow[]
  /** Nobody is ever pinged by text. */
  allowed_mentions: { parse: [] }
}

interface Embed {
  title?: string
  description: string
  color: number
  footer?: { text: string }
  image?: { url: string }
}

interface ActionRow {
  type: 1
  components: { type: 2; style: number; label: string; custom_id?: string; url?: string }[]
}

const COLOURS: Record<Tone, number> = { neutral: 0x64748b, good: 0x15803d, warning: 0xb45309, bad: 0xb91c1c }

/** A message as one embed in plain lines, which read well on a phone, and its buttons. Text is escaped: names are literal. */
export function renderDiscord(message: Message, ref: MessageRef): DiscordContent {
  const [first, ...others] = message.blocks
  const titled = first?.type === 'header'
  const blocks = titled ? others : message.blocks
  const word = toneWord(message.tone)
  const parts = [...(word === undefined ? [] : [`**${word}**`]), ...blocks.map(renderBlock)].filter(
    (part) => part !== '',
  )
  const image = message.blocks.find((block) => block.type === 'image')
  const rows = buttonRows(
    message.blocks.flatMap((block) => (block.type === 'buttons' ? block.buttons : [])),
    ref,
  )
  const embed: Embed = {
    ...(titled ? { title: cut(escape(cleanLine(first.text)), DISCORD.title) } : {}),
    description: joinWithin(
      parts.length === 0 ? [escape(cleanLine(message.fallback))] : parts,
      DISCORD.description,
    ),
    color: COLOURS[message.tone],
    // A posted message must be recognised again: its buttons carry the ref, and where there is none the footer does.
    ...(ref.startsWith('a:') ||
    rows.some(({ components }) => components.some((button) => button.custom_id !== undefined))
      ? {}
      : { footer: { text: ref } }),
    ...(image !== undefined && isWeb(image.url) ? { image: { url: image.url } } : {}),
  }
  return { content: '', embeds: [embed], components: rows, allowed_mentions: { parse: [] } }
}

/** The ref of a message of ours, read back from Discord; undefined for anybody else's. */
export function refOfMessage(message: {
  components?: { components?: { custom_id?: string }[] }[]
  embeds?: { footer?: { text?: string } }[]
}): MessageRef | undefined {
  for (const row of message.components ?? []) {
    for (const { custom_id } of row.components ?? []) {
      const parsed = custom_id === undefined ? undefined : parseButtonId(custom_id)
      if (parsed !== undefined) return parsed.ref
    }
  }
  const footer = message.embeds?.[0]?.footer?.text
  return footer !== undefined && /^[ad]:[a-z0-9]{1,20}$/.test(footer) ? (footer as MessageRef) : undefined
}

function renderBlock(block: Block): string {
  switch (block.type) {
    case 'header':
      return `**${escape(cleanLine(block.text))}**`
    case 'text':
      return inlines(block.text)
    case 'facts':
      return block.facts
        .map(({ label, value }) => `**${escape(cleanLine(label))}** ${inlines(value)}`)
        .join('\n')
    case 'table':
      return renderTable(block)
    case 'runs':
      return renderRuns(block)
    case 'buttons':
      return ''
    case 'context':
      return inlines(block.text)
        .split('\n')
        .map((line) => `-# ${line}`)
        .join('\n')
    case 'link':
      return masked(block.text, block.url)
    case 'image':
      return `${block.title === undefined ? '' : `**${escape(cleanLine(block.title))}**\n`}*${escape(cleanLine(block.alt))}*`
    case 'code':
      return fenced(block.text)
    default:
      return block satisfies never
  }
}

function inlines(parts: Inline[]): string {
  return parts.map(styled).join('')
}

const STYLES = { bold: '**', italic: '*', strike: '~~' } as const

function styled(part: Inline): string {
  if (part.type === 'link') return masked(part.text, part.url)
  const text = cleanText(part.text)
  if (part.style === undefined || text.trim() === '') return escape(text)
  const [, lead = '', core = '', tail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
  if (part.style === 'code') return `${lead}\`\`${core.replaceAll('`', 'ˋ')}\`\`${tail}`
  const mark = STYLES[part.style]
  return `${lead}${mark}${escape(core)}${mark}${tail}`
}

/** Everything that Discord would read as markup, an emoji or a mention, made literal. */
export function escape(text: string): string {
  return text
    .replace(/[\\*_~`|<>[\]]/g, '\\$&')
    .replace(/:(?=[\w+-]{1,40}\\?:)|@(?=everyone|here)/g, '\\$&')
    .replace(/^(\s*)([#+-])/gm, '$1\\$2')
    .replace(/^(\s*\d+)\.(?=\s|$)/gm, '$1\\.')
}

function masked(label: string, url: string): string {
  const text = escape(cleanLine(label)) || 'link'
  return isWeb(url)
    ? `[${text}](${url.replace(/[()\s<>]/g, (char) => encodeURIComponent(char).replace('(', '%28').replace(')', '%29'))})`
    : text
}

function isWeb(url: string): boolean {
  return /^https?:\/\//.test(url) && url.length <= DISCORD.url
}

/** A fence can only be closed from inside by three backticks: they are replaced by characters that look like them. */
function fenced(text: string): string {
  const content = cut(cleanText(text).replaceAll('`', 'ˋ'), DISCORD.block)
  return `\`\`\`\n${content === '' ? ' ' : content}\n\`\`\``
}

/** Each row as a paragraph of 'column: value' lines would be long; aligned columns scroll on a phone. */
function renderTable({ columns, rows, more }: TableBlock): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(({ text }) => text))].map(
    (row) => row.map((cell) => cleanLine(cell)),
  )
  const widths = columns.map((_column, index) => Math.max(...cells.map((row) => (row[index] ?? '').length)))
  const lines = cells.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const shown: string[] = []
  let size = 0
  for (const line of lines) {
    size += line.length + 1
    if (size > DISCORD.block) break
    shown.push(line)
  }
  const hidden = lines.length - shown.length
  const rest = hidden + (more?.count ?? 0)
  const tail =
    rest === 0 ? '' : more === undefined ? `\n... ${rest} more` : `\n${masked(`... ${rest} more`, more.url)}`
  return `${fenced(shown.join('\n'))}${tail}`
}

function renderRuns({ runs, more }: RunsBlock): string {
  const lines = runs.map((run) => {
    const rank = run.rank === undefined ? '' : `${run.rank}\\. `
    const value = run.value === undefined ? '' : `**${escape(cleanLine(run.value))}** `
    const name = run.name === undefined ? '' : ` ${escape(cleanLine(run.name))}`
    const details =
      run.details.length === 0 ? '' : `\n-# ${escape(run.details.map((part) => cleanLine(part)).join(' · '))}`
    return `${rank}${value}${masked(run.ref, run.url)}${name}${details}`
  })
  const shown: string[] = []
  let size = 0
  for (const line of lines) {
    size += line.length + 1
    if (size > DISCORD.description - 600) break
    shown.push(line)
  }
  const rest = lines.length - shown.length + (more?.count ?? 0)
  if (rest === 0) return shown.join('\n')
  const url = more?.url ?? runs[0]?.url ?? ''
  return [...shown, masked(`... ${rest} more`, url)].join('\n')
}

/** Whole parts as long as they fit; what does not is said to be missing. */
function joinWithin(parts: string[], limit: number): string {
  const kept: string[] = []
  let size = 40
  for (const part of parts) {
    size += part.length + 2
    if (size > limit) break
    kept.push(part)
  }
  const missing = parts.length - kept.length
  return [...kept, ...(missing > 0 ? [`... ${missing} more`] : [])].join('\n\n')
}

const STYLE_NUMBERS = { primary: 1, plain: 2, danger: 4, link: 5 } as const

function buttonRows(buttons: Button[], ref: MessageRef): ActionRow[] {
  const shown = buttons
    .slice(0, DISCORD.rows * DISCORD.buttonsPerRow)
    .map((button) => renderButton(button, ref))
  return Array.from({ length: Math.ceil(shown.length / DISCORD.buttonsPerRow) }, (_, row) => ({
    type: 1,
    components: shown.slice(row * DISCORD.buttonsPerRow, (row + 1) * DISCORD.buttonsPerRow),
  }))
}

function renderButton(
  { id, label, style, action }: Button,
  ref: MessageRef,
): ActionRow['components'][number] {
  const text = cut(cleanLine(label) || id, DISCORD.buttonText)
  if (action.do === 'open' && isWeb(action.url))
    return { type: 2, style: STYLE_NUMBERS.link, label: text, url: action.url }
  return { type: 2, style: STYLE_NUMBERS[style ?? 'plain'], label: text, custom_id: buttonId(ref, id) }
}
