import type { Token, Tokens } from 'marked'
import { webUrl } from '../../messages/web-url.ts'
import type { Inline } from '../../messages/model.ts'

type Style = 'bold' | 'italic' | 'strike'

const STYLES: Partial<Record<string, Style>> = { strong: 'bold', em: 'italic', del: 'strike' }
/** Of styles within each other one is shown: that something was struck out matters most. */
const WEIGHT: Style[] = ['italic', 'bold', 'strike']

export function literal(text: string): Inline {
  return { type: 'text', text }
}

export function codeLine(text: string): Inline {
  return { type: 'text', text, style: 'code' }
}

/** Markdown within a line as styled text. */
export function inlinesOf(tokens: Token[], within?: Style): Inline[] {
  return tokens.flatMap((token, index) => {
    const style = STYLES[token.type]
    if (style === undefined) return plainOf(token, within)
    if (!isMeant(token, tokens[index - 1], tokens[index + 1])) return asTyped(token, within)
    return inlinesOf(insideOf(token), heavier(style, within))
  })
}

function heavier(one: Style, other: Style | undefined): Style {
  return other === undefined || WEIGHT.indexOf(one) > WEIGHT.indexOf(other) ? one : other
}

const ENDS_IN_WORD = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}_)\]}]$/u
const BEGINS_IN_WORD = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}_]/u

/**
 * What people type of experiments is full of signs that are no marks: '2*3*4', 'a**2 + b**2', '~5' for about five and
 * '__init__' stay what they are. Scripts that put no spaces between words may style a part of a line.
 */
function isMeant({ raw }: Token, before: Token | undefined, after: Token | undefined): boolean {
  if (/^~[^~]/.test(raw) || /^__\w+__$/.test(raw)) return false
  return !ENDS_IN_WORD.test(before?.raw ?? '') && !BEGINS_IN_WORD.test(after?.raw ?? '')
}

/** With its marks, and what is between them as it means. */
function asTyped(token: Token, within: Style | undefined): Inline[] {
  const mark = styled(/^(\*\*|__|~~|[*_~])/.exec(token.raw)?.[0] ?? '', within)
  return [mark, ...inlinesOf(insideOf(token), within), mark]
}

function insideOf(token: Token): Token[] {
  return ('tokens' in token ? token.tokens : undefined) ?? []
}

function styled(text: string, style: Style | undefined): Inline {
  return style === undefined ? literal(text) : { type: 'text', text, style }
}

function plainOf(token: Token, within: Style | undefined): Inline[] {
  switch (token.type) {
    case 'codespan':
      return [codeLine(spanOf(token as Tokens.Codespan))]
    case 'br':
      return [literal('\n')]
    case 'escape':
      return [styled(unescaped(token.raw), within)]
    case 'link':
      return linkOf(token as Tokens.Link) ?? [styled(token.raw, within)]
    case 'image':
      return linkOf(token as Tokens.Image) ?? [styled(token.raw, within)]
    default:
      return [styled(token.raw, within)]
  }
}

/** Code within a line; where it goes over several, as chat has it, they stay lines. */
function spanOf({ raw, text }: Tokens.Codespan): string {
  return raw.includes('\n') ? raw.replaceAll(/^`+\s?|\s?`+$/g, '') : text
}

/** A backslash makes a mark a sign; before anything else it is one itself: paths and formulas are full of them. */
function unescaped(raw: string): string {
  return /^\\[*_~`[\]#>]$/.test(raw) ? raw.slice(1) : raw
}

/** A link, or a picture as one; undefined for what leads nowhere in the web. */
function linkOf(token: Tokens.Link | Tokens.Image): Inline[] | undefined {
  const url = addressOf(token)
  if (url === undefined) return undefined
  const label = wordsOf(token).replace(/\s+/g, ' ').trim()
  const title = token.title ? [literal(` (${token.title})`)] : []
  if (label === '') return [{ type: 'link', text: url, url }, ...title]
  if (isHonest(label, url)) return [{ type: 'link', text: label, url }, ...title]
  return [literal(`${label} (`), { type: 'link', text: url, url }, literal(')'), ...title]
}

/** An address with a name in front of its host looks like another one, and 'www.' alone or a mail address is none. */
function addressOf({ href, raw }: Tokens.Link | Tokens.Image): string | undefined {
  const url = /^www\./i.test(raw) ? undefined : webUrl(href)
  const parsed = url === undefined ? undefined : new URL(url)
  return parsed?.username === '' && parsed.password === '' ? url : undefined
}

/** What one reads of a link. */
function wordsOf({ type, text, tokens }: Tokens.Link | Tokens.Image): string {
  if (type === 'image' && tokens.length === 0) return text
  return inlinesOf(tokens)
    .map((part) => part.text)
    .join('')
}

/** Whether a link that is shown under an address leads there; under words it may lead anywhere. */
function isHonest(label: string, url: string): boolean {
  const shown = label.normalize('NFKC')
  if (!/:\/\/|www\.|[\p{L}\p{N}-][.\u3002]\p{L}{2}/iu.test(shown)) return true
  const named = URL.parse(/:\/\//.test(shown) ? shown : `https://${shown}`)
  return named?.host === new URL(url).host && !shown.includes('@')
}
