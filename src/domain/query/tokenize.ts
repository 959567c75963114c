import { QuerySyntaxError } from './syntax-error.ts'

export const OPERATORS = ['!=', '<=', '>=', '=', '<', '>', '~'] as const
export type Operator = (typeof OPERATORS)[number]

/** The clauses that are written with a colon. */
export const SHORT_FORMS = ['tag', 'by', 'status', 'since', 'until', 'data', 'commit', 'group', 'is'] as const
export type ShortForm = (typeof SHORT_FORMS)[number]

/** Stands in a word's shape for a character that came in quotes. */
const QUOTED = '\0'

/**
 * `shape` is as long as the text, with quoted characters blanked out: what has a meaning in the grammar (a minus,
 * `params.`, `=`, `@`) is looked for there.
 */
export type Token =
  | { kind: 'word'; text: string; shape: string; quoted: boolean; position: number }
  | { kind: 'operator'; text: Operator; position: number }
  | Short

interface Short {
  kind: 'short'
  form: ShortForm
  value: string
  shape: string
  negated: boolean
  text: string
  position: number
}

const CLOSING: Record<string, string> = { '"': '"', "'": "'", '“': '”', '‘': '’', '„': '“' }
const SHORT = new RegExp(`^(-?)(${SHORT_FORMS.join('|')}):`, 'i')

/** An account or role of a chat platform, as `<@id|name>` or `<@&id|name>`: one piece of a word, whatever it holds. */
const ACCOUNT = /^<@&?[A-Za-z0-9]{1,40}(?:\|[^<>|]{0,200})?>/

/** Splits a line into words (quotes hold spaces), comparison operators and short forms such as `tag:ablation`. */
export function tokenize(line: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < line.length) {
    if (/\s/.test(line.charAt(at))) {
      at += 1
      continue
    }
    const { token, end } = readToken(line, at)
    tokens.push(token)
    at = end
  }
  return tokens
}

function readToken(line: string, start: number): { token: Token; end: number } {
  const rest = line.slice(start)
  const short = SHORT.exec(rest)
  if (short !== null) {
    const { text, shape, end } = readWord(line, start + short[0].length, false)
    const form = short[2]?.toLowerCase() as ShortForm
    const negated = short[1] === '-'
    const place = { text: line.slice(start, end), position: start }
    return { token: { kind: 'short', form, value: text, shape, negated, ...place }, end }
  }
  const operator = OPERATORS.find((one) => rest.startsWith(one))
  if (operator !== undefined && !ACCOUNT.test(rest)) {
    return { token: { kind: 'operator', text: operator, position: start }, end: start + operator.length }
  }
  const { end, start: position, ...word } = readWord(line, start, true)
  return { token: { kind: 'word', ...word, position }, end }
}

/** A word and where it stands; `shape` as a token's. */
export interface ReadWord {
  text: string
  shape: string
  quoted: boolean
  start: number
  end: number
}

/** Up to the next space (or operator); a part in quotes is taken as it stands. */
export function readWord(line: string, start: number, untilOperator: boolean): ReadWord {
  let [text, shape, quoted, at] = ['', '', false, start]
  while (at < line.length) {
    const char = line.charAt(at)
    const [account] = char === '<' ? (ACCOUNT.exec(line.slice(at)) ?? []) : []
    if (account !== undefined) {
      text += account
      shape += account
      at += account.length
      continue
    }
    if (/\s/.test(char) || (untilOperator && startsOperator(line, at))) break
    if (!opens(line, at, start)) {
      text += char
      shape += char === QUOTED ? ' ' : char
      at += 1
      continue
    }
    const part = readQuoted(line, at)
    text += part.text
    shape += QUOTED.repeat(part.text.length)
    quoted = true
    at = part.end
  }
  return { text, shape, quoted, start, end: at }
}

/** What the quote at `open` holds. In double quotes a backslash takes a quote or a backslash as it is. */
function readQuoted(line: string, open: number): { text: string; end: number } {
  const quote = line.charAt(open)
  const closing = CLOSING[quote] ?? quote
  let text = ''
  for (let at = open + 1; at < line.length; at++) {
    if (line.charAt(at) === closing && closes(line, at)) return { text, end: at + 1 }
    if (quote === '"' && /^\\["\\]/.test(line.slice(at, at + 2))) at += 1
    text += line.charAt(at)
  }
  throw new QuerySyntaxError(line.slice(open), open, `a closing ${closing}`)
}

/** A single quote inside a word is an apostrophe: 'don't' is one text. */
function closes(line: string, at: number): boolean {
  if (!"'’".includes(line.charAt(at))) return true
  const next = line.charAt(at + 1)
  return next === '' || /[\s@=]/.test(next) || startsOperator(line, at + 1)
}

/** The same test that ends a word starts an operator: where they differed, no step would be made. */
function startsOperator(line: string, at: number): boolean {
  return OPERATORS.some((one) => line.startsWith(one, at))
}

/** A quote opens at the start of a word or behind punctuation; inside a word it is an apostrophe. */
function opens(line: string, at: number, start: number): boolean {
  if (CLOSING[line.charAt(at)] === undefined) return false
  return at === start || /[\s:.@/=-]/.test(line.charAt(at - 1))
}
