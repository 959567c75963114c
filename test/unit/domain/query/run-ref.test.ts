import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRunRef } from '../../../../src/domain/query/run-ref.ts'

const numbered = (project: string | undefined, number: number) => ({ kind: 'numbered', project, number })
const range = (project: string | undefined, from: number, to: number) => ({
  kind: 'range',
  project,
  from,
  to,
})
const id = (prefix: string) => ({ kind: 'id', prefix })

describe('run references', () => {
  it.each([
    ['churn#142', numbered('churn', 142)],
    ['  churn#142 ', numbered('churn', 142)],
    ['#142', numbered(undefined, 142)],
    ['my project#3', numbered('my project', 3)],
    ['"my project"#3', numbered('my project', 3)],
    ['churn#12..20', range('churn', 12, 20)],
    ['churn#12..#20', range('churn', 12, 20)],
    ['#12..12', range(undefined, 12, 12)],
    ['churn#2147483647', numbered('churn', 2_147_483_647)],
    ['a1b2c3', id('a1b2c3')],
    ['A1B2C3', id('a1b2c3')],
    ['123456', id('123456')],
    ['0198c0ffee7a7b2c9d3e4f5a6b7c8d9e', id('0198c0ffee7a7b2c9d3e4f5a6b7c8d9e')],
    ['0198c0ff-ee7a-7b2c-9d3e-4f5a6b7c8d9e', id('0198c0ffee7a7b2c9d3e4f5a6b7c8d9e')],
  ])('%s', (text, ref) => {
    expect(parseRunRef(text)).toEqual(ref)
  })

  it.each([
    ...['', '#', 'churn#', 'churn#0', 'churn#-1', 'churn#1.5', 'churn#x', 'churn#2147483648', 'churn#20..12'],
    ...['churn#12..', 'churn#12..churn#20', 'a#b#3', 'a1b2c', 'accuracy', '------abcdef', 'a1-b2-c3'],
    '0198c0ffee7a7b2c9d3e4f5a6b7c8d9e0',
  ])('names no run: %s', (text) => {
    expect(parseRunRef(text)).toBeUndefined()
  })

  it('throws for no text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseRunRef(text)))
  })
})
