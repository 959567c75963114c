import { QuerySyntaxError } from './syntax-error.ts'

export const OPERATORS = ['!=', '<=', '>=', '=', '<', '>', '~'] as const
export type Operator = (typeof OPERATORS)[number]

/** The clauses that are written with a colon. */
export const SHORT_FORMS = ['tag', 'by', 'status', 'since', 'until', 'data', 'commit', 'group', 'is'] as const
export type ShortForm = (typeof SHORT_FORMS)[number]

export type Token =
  | { kind: 'word'; text: string; quoted: boolean; position: number }
  | { kind: 'operator'; text: Operator; position: number }
  | { kind: 'short'; form: ShortForm; value: string; negated: boolean; text: string; position: number }

const CLOSING: Record<string, string> = { '"': '"', "'": "'", '“': '”', '‘': '’', '„': '“' }
const SHORT = new RegExp(`^(-?)(${SHORT_FORMS.join('|')}):`, 'i')

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
    const { text, end } = readWord(line, start + short[0].length, false)
    const form = short[2]?.toLowerCase() as ShortForm
    const negated = short[1] === '-'
    return {
      token: { kind: 'short', form, value: text, negated, text: line.slice(start, end), position: start },
      end,
    }
  }
  const operator = OPERATORS.find((one) => rest.startsWith(one))
  if (operator !== undefined) {
    return { token: { kind: 'operator', text: operator, position: start }, end: start + operator.length }
  }
  const { text, quoted, end } = readWord(line, start, true)
  return { token: { kind: 'word', text, quoted, position: start }, end }
}

/** Up to the next space (or operator); a part in quotes is taken as it stands. */
function readWord(
  line: string,
  start: number,
  untilOperator: boolean,
): { text: string; quoted: boolean; end: number } {
  let text = ''
  let quoted = false
  let at = start
  while (at < line.length) {
    const char = line.charAt(at)
    if (/\s/.test(char) || (untilOperator && startsOperator(line, at))) break
    const closing = opens(line, at, start) ? CLOSING[char] : undefined
    if (closing === undefined) {
      text += char
      at += 1
      continue
    }
    const close = line.indexOf(closing, at + 1)
    if (close === -1) throw new QuerySyntaxError(line.slice(at), at, `a closing ${closing}`)
    text += line.slice(at + 1, close)
    quoted = true
    at = close + 1
  }
  return { text, quoted, end: at }
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
