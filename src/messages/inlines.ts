import { cut } from './build.ts'
import type { Inline } from './model.ts'

/** The first `limit` characters of styled text, an ellipsis at the end where something is missing. */
export function cutInlines(parts: Inline[], limit: number): Inline[] {
  const shown: Inline[] = []
  let left = limit
  for (const part of parts) {
    if (part.text.length > left) return [...shown, { ...part, text: cut(part.text, Math.max(1, left)) }]
    left -= part.text.length
    shown.push(part)
  }
  return shown
}

export function lengthOf(parts: Inline[]): number {
  return parts.reduce((total, { text }) => total + text.length, 0)
}

export function isBlank(parts: Inline[]): boolean {
  return parts.every(({ text }) => text.trim() === '')
}

/** Styled text by its lines. */
export function splitLines(parts: Inline[]): Inline[][] {
  const lines: Inline[][] = [[]]
  for (const part of parts) {
    for (const [index, text] of part.text.split('\n').entries()) {
      if (index > 0) lines.push([])
      if (text !== '') lines.at(-1)?.push({ ...part, text })
    }
  }
  return lines
}

/**
 * Lines as one text. Neighbours in one style become one, and bold and italic that touch become one style: on platforms
 * whose marks are asterisks readers could not tell them apart.
 */
export function joinInlines(lines: Inline[][]): Inline[] {
  const joined: Inline[] = []
  for (const part of lines.flatMap((line, index) => (index === 0 ? line : [newline, ...line]))) {
    const last = joined.at(-1)
    if (last?.type !== 'text' || part.type !== 'text') joined.push(part)
    else if (last.style === part.style) joined[joined.length - 1] = { ...last, text: last.text + part.text }
    else if (asterisksTouch(last, part)) joined.push({ type: 'text', text: part.text })
    else joined.push(part)
  }
  return joined
}

const newline: Inline = { type: 'text', text: '\n' }

type Text = Extract<Inline, { type: 'text' }>

function asterisksTouch(before: Text, after: Text): boolean {
  const marked = [before, after].every(({ style }) => style === 'bold' || style === 'italic')
  return marked && /\S$/.test(before.text) && /^\S/.test(after.text)
}
