import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatClause, formatTail, quoteWord } from '../../../../src/domain/query/format.ts'
import { type Clause, parseQuery, TRAITS } from '../../../../src/domain/query/parse.ts'
import { OPERATORS } from '../../../../src/domain/query/tokenize.ts'
import { asNumber } from '../../../../src/domain/runs/inputs/flatten-params.ts'
import { NOW } from './summary.ts'
import { fuzzRuns } from '../../../support/fuzz.ts'

const tricky = fc.stringMatching(/^[a-z"' =<>@:.#\\“”‘’!-]{1,8}$/)
const text = fc.oneof(tricky, fc.string({ minLength: 1, unit: 'grapheme' }))
const maybe = fc.option(text, { nil: undefined })
const name = text.filter((one) => !/^(params?|metrics?)\../is.test(one))
const placed = { negated: fc.boolean(), token: fc.constant(''), position: fc.constant(0) }
const kind = <K extends Clause['kind']>(value: K) => fc.constant(value)
const at = fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })

const field = fc
  .record({
    kind: kind('field'),
    scope: fc.constantFrom('any' as const, 'param' as const, 'metric' as const),
    name,
    op: fc.constantFrom(...OPERATORS),
    value: fc.oneof(text, fc.double().map(String)),
    ...placed,
  })
  .map((clause) => ({ ...clause, number: asNumber(clause.value) }))

const clause: fc.Arbitrary<Clause> = fc.oneof(
  field,
  fc.record({ kind: kind('tag'), key: text, value: maybe, ...placed }),
  fc.record({ kind: kind('owner'), owner: text, ...placed }),
  fc.record({ kind: kind('account'), name: text, account: fc.constant(undefined), ...placed }),
  fc.record({
    kind: kind('account'),
    name: text.map((one) => one.replace(/[<>|]/g, '')).filter((one) => one !== ''),
    account: fc.constantFrom('U1', '100000000000000007'),
    ...placed,
  }),
  fc.record({ kind: kind('me'), ...placed }),
  fc.record({
    kind: kind('status'),
    status: fc.constantFrom('running', 'finished', 'failed', 'killed', 'lost'),
    ...placed,
  }),
  fc.record({ kind: fc.constantFrom('since' as const, 'until' as const), at, ...placed }),
  fc.record({ kind: kind('data'), name: text, version: maybe, ...placed }),
  fc.record({ kind: kind('commit'), prefix: fc.stringMatching(/^[0-9a-f]{4,40}$/), ...placed }),
  fc.record({ kind: kind('group'), group: text, ...placed }),
  fc.record({ kind: kind('is'), what: fc.constantFrom(...TRAITS), ...placed }),
) as fc.Arbitrary<Clause>

const unplaced = (clauses: Clause[]) => clauses.map((one) => ({ ...one, token: '', position: 0 }))

describe('printing a query', () => {
  it('gives text that parses to the same clause', () => {
    const same = fc.property(clause, (one) => {
      const { words, clauses } = parseQuery(formatClause(one), NOW)
      expect([words, unplaced(clauses)]).toEqual([[], [one]])
    })
    fc.assert(same, fuzzRuns(2_000))
  })

  it('gives a tail that parses to the same query', () => {
    const project = fc.option(
      text.filter((one) => one.trim() !== '' && !one.includes('#')),
      { nil: undefined },
    )
    const top = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined })
    const same = fc.property(fc.array(clause, { maxLength: 4 }), project, top, (clauses, inProject, rows) => {
      const query = parseQuery(formatTail({ clauses, project: inProject, top: rows }), NOW)
      const fieldsFirst = clauses.toSorted((a, b) => Number(a.kind !== 'field') - Number(b.kind !== 'field'))
      expect({ ...query, clauses: unplaced(query.clauses) }).toEqual({
        words: [],
        clauses: fieldsFirst,
        project: inProject,
        top: rows,
      })
    })
    fc.assert(same)
  })

  it('quotes a word only where it has to', () => {
    const same = fc.property(text, (word) => {
      expect(parseQuery(`${quoteWord(word)}`, NOW).words.map((one) => one.text)).toEqual([word])
    })
    fc.assert(same)
    expect(['val_acc', 'train/loss', 'top', 'two words', 'tag:x', '-x'].map(quoteWord)).toEqual([
      'val_acc',
      'train/loss',
      '"top"',
      '"two words"',
      '"tag:x"',
      '"-x"',
    ])
  })
})
