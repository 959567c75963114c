import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ParamValue } from '../../../../src/db/tables.ts'
import {
  fingerprint,
  type Inputs,
  seedGroup,
  seedOf,
} from '../../../../src/domain/runs/inputs/fingerprint.ts'

const NOTHING: Inputs = { commit: undefined, patchHash: undefined, data: [], params: {}, seed: undefined }
const of = (inputs: Partial<Inputs>) => fingerprint({ ...NOTHING, ...inputs })
const ofParam = (value: ParamValue, name = 'x') => of({ params: { lr: 1, [name]: value } })

describe('fingerprint', () => {
  it('is 32 hexadecimal digits, and none while nothing went in', () => {
    expect(of({ commit: 'abc' })).toMatch(/^[0-9a-f]{32}$/)
    expect(of({})).toBeUndefined()
    expect(
      of({ patchHash: 'abc', seed: '7', params: { seed: 7, device: 'cuda', output_dir: '/tmp' } }),
    ).toBeUndefined()
  })

  it.each<[string, ParamValue, ParamValue]>([
    ['numbers as text', 0.1, '0.10'],
    ['exponents', 0.001, '1e-3'],
    ['minus zero', 0, '-0.0'],
    ['booleans of Python', true, 'True'],
    ['None', null, 'None'],
    ['lists as text', [1, 2], '[1, 2]'],
    ['lists of names', ['a', 'b'], "['a', 'b']"],
    ['the order of members', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ])('is the same through any client: %s', (_what, one, other) => {
    expect(ofParam(one)).toBe(ofParam(other))
  })

  it.each<[ParamValue, ParamValue]>([
    [1, true],
    ['', null],
    ['12345678901234567890', '12345678901234567891'],
    ['adam', 'Adam'],
    [
      [1, 2],
      [2, 1],
    ],
    ['inf', 'nan'],
  ])('tells %s from %s', (one, other) => {
    expect(ofParam(one)).not.toBe(ofParam(other))
  })

  it.each([
    'name',
    'rank',
    'run_name',
    'device',
    'trainer.devices',
    'num_workers',
    'log_dir',
    'data.path_file',
    'io/out_path',
  ])('ignores %s', (name) => expect(ofParam('a', name)).toBe(ofParam('b', name)))

  it.each([
    'optimizer.name',
    'lora.rank',
    'model_name',
    'model_name_or_path',
    'pretrained_weights_path',
    'batch_size',
  ])('counts %s', (name) => expect(ofParam('a', name)).not.toBe(ofParam('b', name)))

  it('depends on neither order nor repeats', () => {
    const data = [
      { name: 'a.csv', version: '1' },
      { name: 'b.csv', version: '2' },
    ]
    expect(of({ data })).toBe(of({ data: [...data.toReversed(), ...data] }))
    expect(of({ commit: 'ABC' })).toBe(of({ commit: 'abc' }))
    const params = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.boolean()), {
      minKeys: 1,
    })
    const stable = fc.property(params, (all) => {
      const turned = Object.fromEntries(Object.entries(all).toReversed())
      expect(of({ commit: 'abc', params: turned })).toBe(of({ commit: 'abc', params: all }))
    })
    fc.assert(stable)
  })

  it('depends on commit, patch and data', () => {
    const all = [
      of({ commit: 'abc' }),
      of({ commit: 'abd' }),
      of({ commit: 'abc', patchHash: '1' }),
      of({ commit: 'abc', data: [{ name: 'a', version: '1' }] }),
      of({ commit: 'abc', data: [{ name: 'a', version: '2' }] }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('seeds', () => {
  it('part runs of one group', () => {
    const run = (seed: string): Inputs => ({ ...NOTHING, commit: 'abc', seed })
    expect(fingerprint(run('1'))).not.toBe(fingerprint(run('2')))
    expect(seedGroup(run('1'))).toBe(seedGroup(run('2')))
  })

  it('count the same, told as such or as a param', () => {
    const params = { lr: 1 }
    expect(of({ params: { ...params, seed: 7 } })).toBe(of({ params, seed: '7' }))
    expect(seedOf({ seed: undefined, params: { 'train.random_state': 3 } })).toBe('3')
    expect(seedOf({ seed: undefined, params })).toBeNull()
  })
})
