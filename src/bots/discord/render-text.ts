import { cleanLine, cleanText } from '../../messages/clean.ts'
import { cutInlines, lengthOf } from '../../messages/inlines.ts'
import type { Inline } from '../../messages/model.ts'
import { webUrl } from '../../messages/web-url.ts'
import { most, type LayoutPiece } from '../fit.ts'
import { cut } from '../../messages/build.ts'
import { DISCORD } from './limits.ts'

/** Everything that Discord would read as markup, an emoji, an address or a mention, made literal. */
export function escape(text: string): string {
  return text
    .replace(/[\\*_~`|<>[\]]/g, '\\$&')
    .replace(/:(?=[\w+\\-]{1,80}:|\/\/)|@(?=everyone|here)/g, '\\$&')
    .replace(/^(\s*)([#+-])/gm, '$1\\$2')
    .replace(/^(\s*\d+)\.(?=\s|$)/gm, '$1\\.')
}

/** One escaped line of at most that many characters as Discord counts them. */
export function escapedLine(text: string, limit: number): string {
  const line = cleanLine(text)
  return escape(
    cut(
      line,
      most(Math.min(line.length, limit), (count) => escape(cut(line, count)).length <= limit),
    ),
  )
}

/** A line outside of any embed, literal. */
export function noticeText(text: string): string {
  return escape(cut(cleanText(text), DISCORD.content / 2))
}

/** A link under a name; an address that Discord would not take leaves the name. */
export function masked(label: string, url: string): string {
  const text = escape(cleanLine(label)) || 'link'
  const address = webUrl(url, DISCORD.url)
  // Discord shows no link under a name that is an address itself: such a one stands alone.
  if (address !== undefined && webUrl(cleanLine(label)) === address) return `<${address}>`
  // Parentheses end the address of a masked link.
  return address === undefined
    ? text
    : `[${text}](${address.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll('\\', '%5C')})`
}

const MARKS = { bold: '**', italic: '*', strike: '~~' } as const

export function inlines(parts: Inline[]): string {
  return parts.map(styled).join('')
}

function styled(part: Inline): string {
  if (part.type === 'link') return masked(part.text, part.url)
  const text = cleanText(part.text)
  const [, lead = '', core = '', tail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? []
  // The line above the embed pings: a mention inside of it would only look like one.
  if (part.type === 'mention' || part.style === undefined || core === '') return escape(text)
  if (part.style === 'code') return `${lead}\`\`${core.replaceAll('`', BACKTICK)}\`\`${tail}`
  const mark = MARKS[part.style]
  return `${lead}${mark}${escape(core)}${mark}${tail}`
}

/** A paragraph that can be cut at any character; `layout` wraps what is shown. */
export function textPiece(
  parts: Inline[],
  layout: (text: string) => string = (text) => text,
): LayoutPiece<string> {
  return {
    units: Math.min(Math.max(1, lengthOf(parts)), DISCORD.description),
    render: (limit) => present(layout(inlines(cutInlines(parts, limit)))),
  }
}

export function present(text: string): string[] {
  return text.trim() === '' ? [] : [text]
}

/** Code knows no escape: a sign that looks like a backtick stands in, so that nothing can end it from inside. */
export const BACKTICK = 'ˋ'

export function fenced(text: string): string {
  return `\`\`\`\n${text.trim() === '' ? ' ' : text.replaceAll('`', BACKTICK)}\n\`\`\``
}

/** Log lines and the like; what is missing is counted in lines. */
export function codePiece(content: string): LayoutPiece<string> {
  const lines = cleanText(content)
    .split('\n')
    .map((line) => cut(line, DISCORD.line))
  const text = (shown: number) => {
    const missing = lines.length - shown
    return [...lines.slice(0, shown), ...(missing > 0 ? [`... ${missing} more lines`] : [])].join('\n')
  }
  return {
    units: most(lines.length, (shown) => text(shown).length <= DISCORD.code),
    render: (shown) => [fenced(text(shown))],
  }
}
