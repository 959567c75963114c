import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../../../src/domain/query/parse.ts'
import { QuerySyntaxError } from '../../../../src/domain/query/syntax-error.ts'
import { OPERATORS, SHORT_FORMS } from '../../../../src/domain/query/tokenize.ts'
import { CASES } from './cases.ts'
import { NOW, summary } from './summary.ts'
import { fuzzRuns } from '../../../support/fuzz.ts'

const marks = [
  '"',
  "'",
  '“',
  '”',
  '‘',
  '’',
  '„',
  '!',
  '\\',
  '@',
  '#',
  '..',
  '-',
  ' ',
  'params.',
  '<@U1>',
  '<@U1|ana b>',
  '<@&7',
  'me',
  '7d',
  '2026-11-01',
  '5',
]
const pieces = [
  ...OPERATORS,
  ...SHORT_FORMS.map((form) => `${form}:`),
  'in ',
  'top ',
  'where ',
  ' and ',
  ...marks,
]
const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string(), fc.string({ unit: 'binary' })), {
  maxLength: 12,
})

function errorOf(query: string): QuerySyntaxError {
  try {
    parseQuery(query, NOW)
  } catch (error) {
    if (error instanceof QuerySyntaxError) return error
    throw error
  }
  throw new Error(`${query} parses`)
}

describe('the grammar', () => {
  it('has at least 200 cases', () => {
    expect(new Set(CASES.map(([query]) => query)).size).toBeGreaterThanOrEqual(200)
  })

  it.each([
    ['by:me', /by:me/],
    ['an account', /by:@ana/],
    ['invalid runs', /is:invalid/],
    ['quotes', /"/],
    ['negations', /(?:^| )-[a-z]+:/],
  ])('has several cases with %s', (_what, pattern) => {
    expect(CASES.filter(([query]) => pattern.test(query)).length).toBeGreaterThanOrEqual(3)
  })

  it('has at least fifty words that do not parse, each with its place', () => {
    const errors = CASES.filter(([, expected]) => /^ERROR at \d+: /.test(expected))
    expect(errors.length).toBeGreaterThanOrEqual(50)
  })

  it.each(CASES)('%s', (query, expected) => {
    expect(summary(query)).toBe(expected)
  })

  it('throws nothing but syntax errors, and ends, whatever the text', () => {
    fc.assert(
      fc.property(text, (parts) => void summary(parts.join(''))),
      fuzzRuns(2_000),
    )
  })

  it('places every error in the text and says what is allowed', () => {
    const places = fc.property(text, (parts) => {
      const query = parts.join('')
      if (!summary(query).startsWith('ERROR')) return
      const { position, allowed } = errorOf(query).details
      expect(position).toBeGreaterThanOrEqual(0)
      expect(position).toBeLessThanOrEqual(query.length)
      expect(allowed).not.toBe('')
    })
    fc.assert(places, fuzzRuns(1_000))
  })

  it('names the word and what would do in its place', () => {
    expect(errorOf('accuracy status:done').details).toMatchObject({
      token: 'status:done',
      position: 9,
      allowed: 'running, finished, failed, killed, lost',
    })
    expect(errorOf('accuracy top many').message).toContain("'many'")
    expect(errorOf('lr<').message).toContain('missing at the end')
  })

  it('gives each word and clause its place', () => {
    const { words, clauses } = parseQuery('  best "two words" lr < 3 -tag:x', NOW)
    expect(words.map(({ position }) => position)).toEqual([2, 7])
    expect(clauses.map(({ position }) => position)).toEqual([19, 26])
  })
})
