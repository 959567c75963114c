import { marked, type Token, type Tokens } from 'marked'
import { cleanText } from '../../messages/clean.ts'
import { cutInlines, isBlank, joinInlines, lengthOf, splitLines } from '../../messages/inlines.ts'
import type { CodeBlock, Inline, TextBlock } from '../../messages/model.ts'
import { codeOf, withFencesApart } from './markdown-code.ts'
import { codeLine, inlinesOf, literal } from './markdown-inlines.ts'

/** A note is shown as text, but for what is fenced as code. */
export type NoteBlock = TextBlock | CodeBlock

type Line = Inline[]

/** The lexer's time grows with the square of marks and lines, and people do not type so many: such a text was pasted. */
const MAX_MARKS = 500
const MARKS = /\*+|_+|~+|[`[\]<!\n]/g
/** Lists and quotes within each other deeper than anybody writes are left as they are: each level costs a call. */
const DEEP = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){12}|^[ \t]{40}/m

/**
 * A note's markdown as blocks of a message, with at most `limit` characters to read. Markup that we do not show, HTML
 * and tables among it, stays as it was typed; nothing in it mentions anybody or leads anywhere but to the web.
 */
export function noteBody(note: string, limit = Number.POSITIVE_INFINITY): NoteBlock[] {
  const text = withFencesApart(cleanText(note))
  const blocks = blocksOf(tokensOf(text), { signs: /^[ \t]*\+[ \t]/m.test(text) })
  return cutBlocks(blocks.length === 0 ? [{ type: 'text', text: [literal(text)] }] : blocks, limit)
}

/** The same on one line. */
export function noteLine(note: string, limit: number): Inline[] {
  const parts = noteBody(note).flatMap((block, index): Inline[] => [
    ...(index === 0 ? [] : [literal(' ')]),
    ...(block.type === 'code' ? [codeLine(block.text)] : block.text),
  ])
  const line = parts.map((part) => ({ ...part, text: part.text.replace(/\s+/g, ' ') }))
  return cutInlines(line, limit)
}

/** The same without any style, for where only plain text stands. */
export function plainNote(note: string): string {
  return noteLine(note, Number.POSITIVE_INFINITY)
    .map(({ text }) => text)
    .join('')
}

function tokensOf(text: string): Token[] {
  const asTyped: Token[] = [{ type: 'literal', raw: text }]
  if (DEEP.test(text) || (text.match(MARKS)?.length ?? 0) > MAX_MARKS) return asTyped
  try {
    return marked.lexer(text)
  } catch {
    // The lexer gives up on text that it cannot get through: a note is shown all the same.
    return asTyped
  }
}

interface Layout {
  /** Where pluses begin lines too, they and minuses say something: '+ faster', '- worse'. */
  signs: boolean
}

/** Text blocks as long as they go, and the code between them. */
function blocksOf(tokens: Token[], layout: Layout): NoteBlock[] {
  const blocks: NoteBlock[] = []
  let lines: Line[] = []
  const flush = () => {
    const text = joinInlines(withoutEdges(lines))
    if (!isBlank(text)) blocks.push({ type: 'text', text })
    lines = []
  }
  for (const token of tokens) {
    const code = codeOf(token)
    if (code === undefined) {
      lines.push(...linesOf([token], layout))
      continue
    }
    flush()
    blocks.push({ type: 'code', text: code })
  }
  flush()
  return blocks
}

function linesOf(tokens: Token[], layout: Layout): Line[] {
  return tokens.flatMap((token) => [...linesOfOne(token, layout), ...(endsBlank(token) ? [[]] : [])])
}

function endsBlank({ raw }: Token): boolean {
  return raw.slice(raw.trimEnd().length).split('\n').length > 2
}

function linesOfOne(token: Token, layout: Layout): Line[] {
  switch (token.type) {
    case 'space':
      return []
    case 'paragraph':
    case 'text':
      return splitLines(inlinesOf(token.tokens ?? [{ type: 'literal', raw: token.raw }]))
    case 'heading':
      return splitLines(inlinesOf(token.tokens ?? [], 'bold'))
    case 'blockquote':
      return withoutEdges(linesOf(token.tokens ?? [], layout)).map((line) => [literal('> '), ...line])
    case 'list':
      return (token as Tokens.List).items.flatMap((item) => itemLines(item, layout))
    default: {
      const code = codeOf(token)
      return code === undefined ? asTyped(token) : splitLines([codeLine(code)])
    }
  }
}

function asTyped({ raw }: Token): Line[] {
  return splitLines([literal(raw.trimEnd())])
}

/** The first line behind its bullet or number, the others below its text. */
function itemLines(item: Tokens.ListItem, layout: Layout): Line[] {
  const [box] = item.tokens.filter(({ type }) => type === 'checkbox')
  const inside = item.tokens.filter((token) => token !== box)
  const [first = [], ...others] = withoutEdges(linesOf(inside, layout))
  const blank = endsBlank(item) ? [[]] : []
  return [
    [literal(`${marker(item.raw, layout)} ${box?.raw ?? ''}`), ...first],
    ...others.map((line) => (isBlank(line) ? [] : [literal('  '), ...line])),
    ...blank,
  ]
}

/** Numbers stay as they were typed, also where they do not count on. */
function marker(raw: string, { signs }: Layout): string {
  const typed = /^[ \t]*(\S+)/.exec(raw)?.[1] ?? ''
  const bullet = typed === '*' || (typed === '-' && !signs)
  return bullet ? '•' : typed
}

function withoutEdges(lines: Line[]): Line[] {
  const start = lines.findIndex((line) => !isBlank(line))
  const end = lines.findLastIndex((line) => !isBlank(line))
  return start === -1 ? [] : lines.slice(start, end + 1)
}

/** The first characters of a note, an ellipsis where it goes on. */
function cutBlocks(blocks: NoteBlock[], limit: number): NoteBlock[] {
  const shown: NoteBlock[] = []
  let left = limit
  for (const block of blocks) {
    const parts = block.type === 'code' ? [literal(block.text)] : block.text
    const length = lengthOf(parts)
    if (length > left) {
      const kept = cutInlines(parts, left)
      shown.push(block.type === 'code' ? { ...block, text: kept[0]?.text ?? '' } : { ...block, text: kept })
      return shown
    }
    shown.push(block)
    left -= length
  }
  return shown
}
