import type { KnownBlock } from '@slack/types'
import { cut } from '../../messages/build.ts'
import type {
  Block,
  Button,
  Inline,
  Message,
  MessageRef,
  RunsBlock,
  TableBlock,
} from '../../messages/model.ts'
import { buttonId } from '../button-id.ts'
import { cleanLine, cleanText, toneWord } from '../../messages/clean.ts'
import { SLACK } from './limits.ts'

export interface SlackContent {
  text: string
  blocks: KnownBlock[]
}

/**
 * A message in Block Kit, within Slack's limits. Text is rich text or escaped, so that names are literal.
 * `native: false` says the same without tables, for where Slack refuses them.
 */
export function renderSlack(
  message: Message,
  ref: MessageRef,
  { native = true }: { native?: boolean } = {},
): SlackContent {
  const state: State = { ref, native, tableUsed: false }
  const text = escape(cut(cleanLine(message.fallback), SLACK.fallback))
  const groups = message.blocks.map((block) => renderBlock(block, state))
  const tone = toneWord(message.tone)
  if (tone !== undefined && groups[0] !== undefined) groups[0] = [...groups[0], plainContext(tone)]
  return { text, blocks: withinBudget(groups) }
}

interface State {
  ref: MessageRef
  native: boolean
  /** Slack takes one table in a message. */
  tableUsed: boolean
}

function renderBlock(block: Block, state: State): KnownBlock[] {
  switch (block.type) {
    case 'header':
      return [
        {
          type: 'header',
          text: { type: 'plain_text', text: cut(cleanLine(block.text) || ' ', SLACK.header), emoji: false },
        },
      ]
    case 'text':
      return [richText(block.text, SLACK.text)]
    case 'facts':
      return chunk(block.facts, SLACK.fields).map((facts) => ({
        type: 'section',
        fields: facts.map(({ label, value }) => ({
          type: 'mrkdwn',
          text: cut(`*${escape(cleanLine(label))}*\n${mrkdwn(value, SLACK.field - 200) || '–'}`, SLACK.field),
          verbatim: true,
        })),
      }))
    case 'table':
      return renderTable(block, state)
    case 'runs':
      return renderRuns(block)
    case 'buttons':
      return chunk(block.buttons, 5).map((row) => ({
        type: 'actions',
        elements: row.map((button) => renderButton(button, state.ref)),
      }))
    case 'context':
      return [
        {
          type: 'context',
          elements: [
            { type: 'mrkdwn', text: mrkdwn(block.text, SLACK.contextElement - 10) || ' ', verbatim: true },
          ],
        },
      ]
    case 'link':
      return [richText([{ type: 'link', text: block.text, url: block.url }], SLACK.text)]
    case 'image':
      return renderImage(block)
    case 'code':
      return [preformatted(cut(cleanText(block.text), SLACK.text))]
    default:
      return block satisfies never
  }
}

type RichElement =
  | { type: 'text'; text: string; style?: Record<string, true> }
  | { type: 'link'; url: string; text: string }

function richText(parts: Inline[], limit: number): KnownBlock {
  return { type: 'rich_text', elements: [richSection(parts, limit)] } as KnownBlock
}

function richSection(parts: Inline[], limit: number) {
  const elements: RichElement[] = []
  let left = limit
  for (const part of parts) {
    if (left <= 1) break
    const shown = cut(cleanText(part.text), left)
    if (shown === '') continue
    left -= shown.length
    elements.push(richElement(part, shown))
  }
  if (elements.length === 0) elements.push({ type: 'text', text: ' ' })
  return { type: 'rich_text_section', elements }
}

function richElement(part: Inline, shown: string): RichElement {
  if (part.type === 'link') {
    return isWeb(part.url) ? { type: 'link', url: part.url, text: shown } : { type: 'text', text: shown }
  }
  if (part.style === undefined) return { type: 'text', text: shown }
  return { type: 'text', text: shown, style: { [part.style]: true } }
}

function preformatted(content: string): KnownBlock {
  const elements = [{ type: 'text', text: content === '' ? ' ' : content }]
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements }] } as KnownBlock
}

/** Escaped for the places that know only Slack's own markup; styles there are markup around escaped text. */
function mrkdwn(parts: Inline[], limit: number): string {
  let left = limit
  const shown: string[] = []
  for (const part of parts) {
    if (left <= 1) break
    const text = cut(cleanLine(part.text, { trim: false }), left)
    left -= text.length
    shown.push(styled(part, text))
  }
  return shown.join('')
}

const STYLES = { bold: '*', italic: '_', strike: '~', code: '`' } as const

function styled(part: Inline, text: string): string {
  const safe = literal(text)
  if (part.type === 'link')
    return isWeb(part.url) ? `<${escapeUrl(part.url)}|${safe.replaceAll('|', '¦')}>` : safe
  if (part.style === undefined || text.trim() === '') return safe
  const [, lead = '', core = '', tail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(safe) ?? []
  const mark = STYLES[part.style]
  return `${lead}${mark}${core}${mark}${tail}`
}

/** Slack reads markup between word boundaries: a character without width in front keeps a marker a marker no more. */
function literal(text: string): string {
  return escape(text).replace(/[*_~`]/g, (mark) => `\u200b${mark}\u200b`)
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function escapeUrl(url: string): string {
  return url.replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C')
}

function isWeb(url: string): boolean {
  return /^https?:\/\//.test(url) && url.length <= SLACK.url
}

function renderButton(button: Button, ref: MessageRef) {
  const { action, id, label, style } = button
  return {
    type: 'button' as const,
    action_id: buttonId(ref, id),
    text: { type: 'plain_text' as const, text: cut(cleanLine(label) || id, SLACK.buttonText), emoji: false },
    ...(style === undefined ? {} : { style }),
    ...(action.do === 'open' && isWeb(action.url) ? { url: action.url } : {}),
  }
}

function renderTable(block: TableBlock, state: State): KnownBlock[] {
  const rows = [block.columns.map(({ title }) => ({ text: title, bold: true })), ...block.rows]
  const size = rows.flat().reduce((total, { text }) => total + text.length, 0)
  const fits =
    rows.length <= SLACK.tableRows && block.columns.length <= SLACK.tableColumns && size <= SLACK.tableText
  const more = block.more === undefined ? [] : [moreLine(block.more.count, block.more.url)]
  if (!state.native || state.tableUsed || !fits)
    return [preformatted(cut(plainTable(rows), SLACK.text)), ...more]
  state.tableUsed = true
  const cells = rows.map((row) =>
    row.map((cell) => ({
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [tableText(cell)] }],
    })),
  )
  const settings = block.columns.map(({ align }) => ({ align, is_wrapped: true }))
  return [{ type: 'table', rows: cells, column_settings: settings } as unknown as KnownBlock, ...more]
}

function tableText({ text, bold, url }: { text: string; bold?: boolean; url?: string }): RichElement {
  const shown = cleanLine(text) || ' '
  if (url !== undefined && isWeb(url)) return { type: 'link', url, text: shown }
  return bold === true ? { type: 'text', text: shown, style: { bold: true } } : { type: 'text', text: shown }
}

/** Columns under each other: what a table says where there is none. */
export function plainTable(rows: { text: string }[][]): string {
  const cells = rows.map((row) => row.map(({ text }) => cleanLine(text)))
  const widths = (cells[0] ?? []).map((_cell, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One line a run: place, name, value; what else is known in a second one, as phones are narrow. */
function renderRuns({ runs, more }: RunsBlock): KnownBlock[] {
  const lines = runs.map((run): Inline[] => [
    ...(run.rank === undefined ? [] : [{ type: 'text' as const, text: `${run.rank}. ` }]),
    ...(run.value === undefined
      ? []
      : [
          { type: 'text' as const, text: run.value, style: 'bold' as const },
          { type: 'text' as const, text: '  ' },
        ]),
    { type: 'link', text: run.ref, url: run.url },
    ...(run.name === undefined ? [] : [{ type: 'text' as const, text: ` ${run.name}` }]),
    { type: 'text', text: run.details.length === 0 ? '' : `\n${run.details.join(' · ')}` },
  ])
  const sections = lines.map((line, index) => {
    const end: Inline[] = index === lines.length - 1 ? [] : [{ type: 'text', text: '\n' }]
    return richSection([...line, ...end], SLACK.run)
  })
  const block = { type: 'rich_text', elements: sections } as KnownBlock
  return more === undefined ? [block] : [block, moreLine(more.count, more.url)]
}

function moreLine(count: number, url: string): KnownBlock {
  return richText([{ type: 'link', text: `... ${count} more`, url }], SLACK.text)
}

function renderImage({ url, alt, title }: { url: string; alt: string; title?: string }): KnownBlock[] {
  if (!isWeb(url)) return [richText([{ type: 'text', text: alt, style: 'italic' }], SLACK.text)]
  const caption =
    title === undefined
      ? {}
      : { title: { type: 'plain_text' as const, text: cut(cleanLine(title), SLACK.title), emoji: false } }
  return [{ type: 'image', image_url: url, alt_text: cut(cleanLine(alt) || 'image', SLACK.alt), ...caption }]
}

function plainContext(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'plain_text', text, emoji: false }] }
}

/** Slack refuses a message that is too long as a whole: what does not fit is said to be missing, buttons stay. */
function withinBudget(groups: KnownBlock[][]): KnownBlock[] {
  const all = groups.flat()
  if (all.length <= SLACK.blocks && sizeOf(all) <= SLACK.json) return all
  const buttons = all.filter(({ type }) => type === 'actions')
  const kept: KnownBlock[] = []
  let size = sizeOf(buttons) + 200
  const rest = all.filter(({ type }) => type !== 'actions')
  for (const block of rest) {
    size += sizeOf([block])
    if (size > SLACK.json || kept.length + buttons.length + 1 >= SLACK.blocks) break
    kept.push(block)
  }
  return [
    ...kept,
    plainContext(`... ${rest.length - kept.length} more`),
    ...buttons.slice(0, SLACK.blocks - kept.length - 1),
  ]
}

function sizeOf(blocks: KnownBlock[]): number {
  return JSON.stringify(blocks).length
}

function chunk<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}
