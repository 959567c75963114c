import { describe, expect, it } from 'vitest'
import { areComparable, dataDifferences, dataWords } from '../../../../src/domain/datasets/compare-data.ts'

/** 'train.csv@a1 val.csv@b2' as data versions. */
const data = (text: string) =>
  text
    .split(' ')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', version = ''] = pair.split('@')
      return { name, version }
    })
const runs = (...texts: string[]) => texts.map(data)

describe('comparable', () => {
  it.each([
    [['t@a', 't@a'], true],
    [['t@a', 't@b'], false],
    [['t@a', ''], true],
    [['', ''], true],
    [['t@a v@1', 't@a'], true],
    [['t@a v@1', 't@a v@2'], false],
    [['train@a', 'other@a'], false],
    [['t@a', '', 't@b'], false],
    [['t@a', 't@a', 't@a', 't@a', 't@b'], false],
    [['t@a t@b', 't@b t@a'], true],
    [['t@a t@b', 't@a'], false],
  ] as [string[], boolean][])('%j: %s', (texts, comparable) => {
    expect(areComparable(runs(...texts))).toBe(comparable)
  })
})

describe('what differs', () => {
  it.each([
    [['train.csv@a1b2', 'train.csv@c3d4'], 'train.csv a1b2 → c3d4'],
    [['train.csv@a1b2', 'train.csv@a1b2'], ''],
    [['train.csv@a1b2', ''], 'train.csv a1b2 → not recorded'],
    [['t@a v@1', 't@b v@2'], 't a → b; v 1 → 2'],
    [['t@a', 't@a', 't@b'], 't a → b'],
    [['t@a', 't@b', 't@a'], 't a → b → a'],
    [['a@1 b@1 c@1 d@1 e@1', 'a@2 b@2 c@2 d@2 e@2'], 'a 1 → 2; b 1 → 2; c 1 → 2; 2 more'],
    [[`t@md5:${'a'.repeat(32)}`, `t@md5:${'b'.repeat(32)}`], 't md5:aaaaaaaa → md5:bbbbbbbb'],
  ])('%j: %s', (texts, words) => {
    expect(dataWords(dataDifferences(runs(...texts)))).toBe(words)
  })
})
