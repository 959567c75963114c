import type { ContextBlock, KnownBlock, RichTextBlock, RichTextElement, RichTextSection } from '@slack/types'
import { cut } from '../../messages/build.ts'
import { cleanLine, cleanText } from '../../messages/clean.ts'
import { cutInlines, lengthOf } from '../../messages/inlines.ts'
import type { Inline } from '../../messages/model.ts'
import { webUrl } from '../../messages/web-url.ts'
import { most, type LayoutPiece } from '../fit.ts'
import { SLACK } from './limits.ts'

/** Rich text is literal by itself: Slack reads no markup, mention or emoji out of it. */
export function richText(...sections: Inline[][]): RichTextBlock {
  return { type: 'rich_text', elements: sections.map(richSection) }
}

export function richSection(parts: Inline[]): RichTextSection {
  const elements = parts
    .flatMap(richElements)
    .filter((element) => element.type !== 'text' || element.text !== '')
  return {
    type: 'rich_text_section',
    elements: elements.length === 0 ? [{ type: 'text', text: ' ' }] : elements,
  }
}

function richElements(part: Inline): RichTextElement[] {
  const text = cleanText(part.text)
  if (part.type === 'mention') {
    if (!ACCOUNT.test(part.account)) return [{ type: 'text', text }]
    const user = { type: 'user' as const, user_id: part.account }
    return [{ type: 'text', text: `${text} (` }, user, { type: 'text', text: ')' }]
  }
  if (part.type === 'link') {
    const url = webUrl(part.url)
    return [url === undefined ? { type: 'text', text } : { type: 'link', url, text: text || 'link' }]
  }
  return [
    part.style === undefined ? { type: 'text', text } : { type: 'text', text, style: { [part.style]: true } },
  ]
}

/** A user's id; any other text in its place pings no member. */
const ACCOUNT = /^[A-Z0-9]{2,30}$/

/** A paragraph that can be cut at any character. */
export function textPiece(parts: Inline[]): LayoutPiece<KnownBlock> {
  return {
    units: Math.min(Math.max(1, lengthOf(parts)), SLACK.text),
    render: (limit) => [richText(cutInlines(parts, limit))],
  }
}

/** Log lines and the like; what is missing is counted in lines. */
export function codePiece(content: string): LayoutPiece<KnownBlock> {
  return linesPiece(
    cleanText(content)
      .split('\n')
      .map((line) => cut(line, SLACK.line)),
  )
}

function linesPiece(lines: string[]): LayoutPiece<KnownBlock> {
  const text = (shown: number) => {
    const missing = lines.length - shown
    return [...lines.slice(0, shown), ...(missing > 0 ? [`... ${missing} more lines`] : [])].join('\n')
  }
  return {
    units: most(lines.length, (shown) => text(shown).length <= SLACK.text),
    render: (shown) => [preformatted(text(shown))],
  }
}

export function preformatted(content: string): RichTextBlock {
  const elements = [{ type: 'text' as const, text: content === '' ? ' ' : content }]
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements }] }
}

/**
 * Small print. A context takes no rich text: where nothing in it is a link or styled it is plain text, which is
 * literal too, else Slack's markup around escaped text.
 */
export function contextBlock(parts: Inline[]): ContextBlock {
  const plain = parts.every((part) => part.type === 'text' && part.style === undefined)
  if (plain) return plainContext(parts.map(({ text }) => text).join(''))
  const fits = (limit: number) => mrkdwn(cutInlines(parts, limit)).length <= SLACK.contextElement
  const shown = cutInlines(parts, most(lengthOf(parts), fits))
  return { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn(shown) || ' ', verbatim: true }] }
}

export function plainContext(text: string): ContextBlock {
  const shown = cut(cleanText(text).trim(), SLACK.contextElement) || ' '
  return { type: 'context', elements: [{ type: 'plain_text', text: shown, emoji: false }] }
}

/** '... 14 more', leading to where they are. */
export function moreBlock(text: string, url: string | undefined): KnownBlock {
  return richText([url === undefined ? { type: 'text', text } : { type: 'link', text, url }])
}

function mrkdwn(parts: Inline[]): string {
  return parts.map(styled).join('')
}

const MARKS = { bold: '*', italic: '_', strike: '~' } as const

function styled(part: Inline): string {
  const text = cleanLine(part.text, { trim: false })
  if (part.type === 'link') {
    const url = webUrl(part.url)
    const label = literal(text).replaceAll('|', '¦').trim()
    return url === undefined ? label : `<${escape(url.replaceAll('|', '%7C'))}|${label || 'link'}>`
  }
  if (part.type === 'mention')
    return ACCOUNT.test(part.account) ? `${literal(text)} (<@${part.account}>)` : literal(text)
  const [, lead = '', core = '', tail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
  if (part.style === undefined || core === '') return literal(text)
  // Within backticks nothing but a backtick is read: what people copy from there stays exactly as it is.
  if (part.style === 'code') return `${lead}\`${escape(core.replaceAll('`', LOOK_ALIKES['`']))}\`${tail}`
  const mark = MARKS[part.style]
  return `${lead}${mark}${literal(core)}${mark}${tail}`
}

/** Slack's markup knows no escape for its own marks: signs that look like them stand in. */
export const LOOK_ALIKES = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ', ':': '꞉' } as const

/** A line outside of any block, literal. */
export function noticeText(text: string): string {
  return literal(cut(cleanText(text), SLACK.text))
}

/** Escaped, with no mark left that would start a style or an emoji. Underlines within a word are harmless. */
function literal(text: string): string {
  const marked = text
    .replace(/:(?=[\w'+-]+:)/g, LOOK_ALIKES[':'])
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[*~`]/g, (mark) => LOOK_ALIKES[mark as '*'])
  return escape(marked)
}

/** The three signs that Slack's markup reserves. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
