import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker } from '../../../../src/domain/secrets/masker.ts'
import { MASK } from '../../../../src/domain/secrets/mask.ts'
import { SHAPES } from '../../../../src/domain/secrets/shapes.ts'
import { INNOCENT, SECRETS } from './samples.ts'

const { maskText, maskDeep } = createMasker([])
const textOf = ([, secret, text]: (typeof SECRETS)[number]) => text.replace('$', () => secret)

describe('secrets in a text', () => {
  it.each(SECRETS)('%s', (...sample) => {
    const masked = maskText(textOf(sample))
    expect(masked).not.toContain(sample[1])
    expect(masked).toContain(MASK)
  })

  it('finds the shortest of them, and configured ones that look like any word', () => {
    expect(maskText(['sk', '_live_', 'a1b2c3d4e5'].join(''))).toBe(MASK)
    expect(createMasker(['hunter2hunter2']).maskText('hunter2hunter2')).toBe(MASK)
    expect(maskText('batch_size')).toBe('batch_size')
  })

  it.each(INNOCENT)('leaves alone: %s', (text) => {
    expect(maskText(text)).toBe(text)
  })

  it('keeps what stands around them', () => {
    expect(maskText('user=ana password=hunter2 host=db')).toBe(`user=ana password=${MASK} host=db`)
    expect(maskText('{"password":"a b","a":1}')).toBe(`{"password":"${MASK}","a":1}`)
    expect(maskText('postgres://u:pw@db:5432/x')).toBe(`postgres://${MASK}@db:5432/x`)
    expect(maskText('--password hunter2 --lr 3')).toBe(`--password ${MASK} --lr 3`)
  })

  it('shows no sample between any others, and masks nothing twice', () => {
    const word = fc.oneof(fc.constantFrom(...SECRETS.map(textOf)), fc.constantFrom(...INNOCENT), fc.string())
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.constantFrom(...SECRETS), (words, sample) => {
        const masked = maskText([...words.map((one) => `${one}\n`), textOf(sample)].join(' \n '))
        expect(masked.split('\n').at(-1)).not.toContain(sample[1])
        expect(maskText(masked)).toBe(masked)
      }),
    )
  })
})

describe('work per character', () => {
  it('has no unbounded repeat in a shape', () => {
    for (const { pattern } of SHAPES) expect(pattern.source.replace(/\[[^\]]*\]/g, '')).not.toMatch(/[*+]/)
  })

  const starts = [
    'a_',
    'password ',
    'password=',
    'password="\\',
    'password=,a',
    '://a:',
    'eyJa.',
    '--a-',
    'x:y@',
  ]
  it.each([...starts, 'authorization:', 'Bearer ', '-----BEGIN PRIVATE KEY-----'])(
    'ends on a megabyte of %s',
    (start) => {
      expect(maskText(start.repeat(1_000_000 / start.length)).length).toBeGreaterThan(0)
    },
  )
})

describe('configured secrets', () => {
  const configured = createMasker(['hunter2-long', 'hunter2-long-and-more', 'quote"\\and space', 'short'])

  it('go by value, the longest first, also as JSON and addresses write them', () => {
    expect(configured.maskText('a hunter2-long-and-more b hunter2-long')).toBe(`a ${MASK} b ${MASK}`)
    expect(configured.maskText(JSON.stringify({ a: 'quote"\\and space' }))).toBe(`{"a":"${MASK}"}`)
    expect(configured.maskText(`/x/${encodeURIComponent('quote"\\and space')}`)).toBe(`/x/${MASK}`)
  })

  it('too short ones would hide words', () => {
    expect(configured.maskText('a short word')).toBe('a short word')
  })
})

describe('values', () => {
  it('hides by name, at any depth', () => {
    const at = new Date(0)
    const secret = {
      password: 12345678,
      dbPassword: 'abc',
      'user.api_key': ['zzz'],
      hf_token: 'abc',
      authorization: 'xyz',
    }
    expect(maskDeep({ at, n: 1, inner: [secret] })).toEqual({
      at,
      n: 1,
      inner: [
        { password: MASK, dbPassword: MASK, 'user.api_key': [MASK], hf_token: MASK, authorization: MASK },
      ],
    })
  })

  it('leaves params of models and the word of a query', () => {
    const params = {
      pad_token: '<pad>',
      eos_token: 'stop',
      max_token: 5,
      tokenizer: 'bert',
      token: 'lr<',
      api_key: null,
    }
    expect(maskDeep(params)).toEqual(params)
  })

  it('hides a key that is spread over lines', () => {
    const lines = ['a', '-----BEGIN PRIVATE KEY-----', 'MIIE', 'abcd', '-----END PRIVATE KEY----- tail', 'b']
    expect(maskDeep({ lines })).toEqual({ lines: ['a', MASK, MASK, MASK, `${MASK} tail`, 'b'] })
  })
})
