import type { RunStatus } from '../../db/tables.ts'
import { asNumber } from '../runs/inputs/flatten-params.ts'
import { QuerySyntaxError } from './syntax-error.ts'
import { parseTime } from './time.ts'
import { type Operator, type Token, tokenize } from './tokenize.ts'

/** One condition on runs. `token` is how it was written, for errors and for printing it again. */
export type Clause = { negated: boolean; token: string; position: number } & (
  | {
      kind: 'field'
      scope: 'any' | 'param' | 'metric'
      name: string
      op: Operator
      value: string
      number: number | null
    }
  | { kind: 'tag'; key: string; value: string | undefined }
  | { kind: 'owner'; owner: string }
  /** `by:@ana`: the person with the account of that name, or of that id where the platform told it (`by:<@U1|ana>`). */
  | { kind: 'account'; name: string; account: string | undefined }
  | { kind: 'me' }
  | { kind: 'status'; status: RunStatus }
  | { kind: 'since' | 'until'; at: Date }
  | { kind: 'data'; name: string; version: string | undefined }
  | { kind: 'commit'; prefix: string }
  | { kind: 'group'; group: string }
  | { kind: 'is'; what: Trait }
)

/** A clause with `by:me` and `by:@x` resolved to owner names. */
export type PlainClause = Exclude<Clause, { kind: 'account' | 'me' }>

export const TRAITS = ['starred', 'invalid', 'clean', 'dirty', 'diverged'] as const
export type Trait = (typeof TRAITS)[number]
export const RUN_STATUSES: RunStatus[] = ['running', 'finished', 'failed', 'killed', 'lost']

export interface Word {
  text: string
  quoted: boolean
  position: number
}

export interface Query {
  /** What is neither a clause nor part of one: metric names, run references. */
  words: Word[]
  clauses: Clause[]
  project: string | undefined
  top: number | undefined
}

export const MAX_ROWS = 1_000

/**
 * Reads `accuracy in churn where lr<0.01 tag:ablation since:7d top 5`. Times are resolved against `now`.
 * @throws QuerySyntaxError that names the word, its place and what is allowed; nothing else, whatever the text
 */
export function parseQuery(line: string, now: Date): Query {
  const reader = new Reader(tokenize(line), line.length)
  const query: Query = { words: [], clauses: [], project: undefined, top: undefined }
  while (reader.current !== undefined) readNext(reader, query, now)
  return query
}

class Reader {
  readonly #tokens: Token[]
  readonly #end: number
  #at = 0

  constructor(tokens: Token[], end: number) {
    this.#tokens = tokens
    this.#end = end
  }

  get current(): Token | undefined {
    return this.#tokens[this.#at]
  }

  get following(): Token | undefined {
    return this.#tokens[this.#at + 1]
  }

  step(): void {
    this.#at += 1
  }

  /** The next word, as the value of what stands before it. */
  value(allowed: string): Word {
    const token = this.current
    if (token === undefined) throw new QuerySyntaxError('', this.#end, allowed)
    if (token.kind !== 'word') throw new QuerySyntaxError(token.text, token.position, allowed)
    this.step()
    return token
  }
}

function readNext(reader: Reader, query: Query, now: Date): void {
  const token = reader.current
  if (token === undefined) return
  if (token.kind === 'short') {
    query.clauses.push(shortClause(token, now))
    return reader.step()
  }
  if (token.kind === 'operator') {
    throw new QuerySyntaxError(token.text, token.position, `a param or metric before ${token.text}`)
  }
  if (reader.following?.kind === 'operator') return void query.clauses.push(fieldClause(reader))
  reader.step()
  switch (token.quoted ? '' : token.text.toLowerCase()) {
    case 'in':
      if (query.project !== undefined)
        throw new QuerySyntaxError(token.text, token.position, 'one project only')
      query.project = readProject(reader)
      return
    case 'top':
      if (query.top !== undefined) throw new QuerySyntaxError(token.text, token.position, 'one top only')
      query.top = readTop(reader)
      return
    case 'where':
    case 'and':
      return expectClause(reader)
    default:
      query.words.push({ text: token.text, quoted: token.quoted, position: token.position })
  }
}

function readProject(reader: Reader): string {
  const word = reader.value('a project after in')
  if (word.text.trim() === '' || word.text.includes('#')) {
    throw new QuerySyntaxError(word.text || '""', word.position, 'the name of a project, without #,')
  }
  return word.text
}

function readTop(reader: Reader): number {
  const allowed = `a whole number from 1 to ${MAX_ROWS} after top`
  const word = reader.value(allowed)
  const top = Number(word.text)
  if (!/^\d{1,4}$/.test(word.text) || top < 1 || top > MAX_ROWS) {
    throw new QuerySyntaxError(word.text, word.position, allowed)
  }
  return top
}

function expectClause(reader: Reader): void {
  if (reader.current?.kind === 'short' || reader.following?.kind === 'operator') return
  const { text, position } = reader.value('a condition such as lr<0.01 or tag:ablation')
  throw new QuerySyntaxError(text, position, 'a condition such as lr<0.01 or tag:ablation')
}

function fieldClause(reader: Reader): Clause {
  const field = reader.current as Extract<Token, { kind: 'word' }>
  reader.step()
  const operator = reader.current as Extract<Token, { kind: 'operator' }>
  reader.step()
  const { text: value } = reader.value(`a value after ${operator.text}`)
  const negated = field.shape.startsWith('-')
  const [minus] = /^-?/.exec(field.shape) ?? ['']
  const [prefix] = /^(?:params?|metrics?)\.(?=.)/is.exec(field.text.slice(minus.length)) ?? ['']
  const scope = prefix === '' ? 'any' : /^p/i.test(prefix) ? 'param' : 'metric'
  const name = field.text.slice(minus.length + prefix.length)
  if (name === '') throw new QuerySyntaxError(field.text, field.position, 'the name of a param or metric')
  return {
    kind: 'field',
    scope,
    name,
    op: operator.text,
    value,
    number: asNumber(value),
    negated,
    token: `${field.text}${operator.text}${value}`,
    position: field.position,
  }
}

function shortClause(token: Extract<Token, { kind: 'short' }>, now: Date): Clause {
  const { form, value, shape, negated, text, position } = token
  const common = { negated, token: text, position }
  const refuse = (allowed: string): never => {
    throw new QuerySyntaxError(text, position, allowed)
  }
  if (value === '') return refuse(`a value after ${form}:`)
  switch (form) {
    case 'tag': {
      const [key, pair] = splitAt(value, shape.indexOf('='))
      return key === '' || pair === ''
        ? refuse('tag:ablation or tag:stage=ablation')
        : { kind: 'tag', key, value: pair, ...common }
    }
    case 'by': {
      return ownerClause(value, shape, common) ?? refuse('a name after by:')
    }
    case 'status': {
      const status = RUN_STATUSES.find((one) => one === value.toLowerCase())
      return status === undefined ? refuse(RUN_STATUSES.join(', ')) : { kind: 'status', status, ...common }
    }
    case 'since':
    case 'until': {
      const at = parseTime(value, now, form === 'until')
      return at === undefined
        ? refuse('a span such as 7d or 12h, or a day such as 2026-11-01')
        : { kind: form, at, ...common }
    }
    case 'data': {
      const [name, version] = splitAt(value, shape.lastIndexOf('@'))
      return name === '' || version === ''
        ? refuse('data:train.csv or data:train.csv@a1b2')
        : { kind: 'data', name, version, ...common }
    }
    case 'commit':
      return /^[0-9a-f]{3,40}$/i.test(value)
        ? { kind: 'commit', prefix: value.toLowerCase(), ...common }
        : refuse('3 to 40 characters of a commit')
    case 'group':
      return { kind: 'group', group: value, ...common }
    case 'is': {
      const what = TRAITS.find((one) => one === value.toLowerCase())
      return what === undefined ? refuse(TRAITS.join(', ')) : { kind: 'is', what, ...common }
    }
    default:
      return form satisfies never
  }
}

type Placed = Pick<Clause, 'negated' | 'token' | 'position'>

/** `by:ana` is an owner name as runs carry it; `@`, an account's markup and an unquoted me are looked up. */
function ownerClause(value: string, shape: string, common: Placed): Clause | undefined {
  const [, account, name] = /^@?<@([A-Za-z0-9]+)(?:\|([^<>|]*))?>$/.exec(shape) ?? []
  if (account !== undefined) return { kind: 'account', name: name || account, account, ...common }
  if (shape.toLowerCase() === 'me') return { kind: 'me', ...common }
  if (!shape.startsWith('@')) return value === '' ? undefined : { kind: 'owner', owner: value, ...common }
  const rest = value.slice(1)
  return rest === '' ? undefined : { kind: 'account', name: rest, account: undefined, ...common }
}

function splitAt(text: string, at: number): [string, string | undefined] {
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
