import { describe, expect, it } from 'vitest'
import { findBadText, hasLongIntegers, parseExact, stringify } from '../../../src/http/json.ts'

describe('exact JSON', () => {
  it('keeps 64-bit integers both ways', () => {
    const text = '{"step":9223372036854775807,"steps":[-9223372036854775808,1]}'
    expect(hasLongIntegers(JSON.parse(text))).toBe(true)
    expect(parseExact(text)).toEqual({
      step: 9223372036854775807n,
      steps: [-9223372036854775808n, 1],
    })
    expect(stringify(parseExact(text))).toBe(text)
  })

  it('does not take fractions for long integers', () => {
    const text = '{"value":0.1234567890123456,"b":[1.2345678901234567e-8,9007199254740991,{"c":-1}]}'
    expect(hasLongIntegers(JSON.parse(text))).toBe(false)
    expect(hasLongIntegers(JSON.parse('{"a":[{"b":[0,-9007199254740993]}]}'))).toBe(true)
    expect(parseExact('[0.1234567890123456,1e400]')).toEqual([0.1234567890123456, Number.POSITIVE_INFINITY])
  })

  it('looks at whatever is nested, however deep', () => {
    expect(hasLongIntegers(JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`))).toBe(false)
  })

  it('writes what is not finite as words', () => {
    expect(stringify([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, null])).toBe(
      '["NaN","Infinity","-Infinity",1.5,null]',
    )
  })
})

describe('text that cannot be stored', () => {
  const find = (text: string) => findBadText(text, JSON.parse(text))

  it('names the field', () => {
    expect(find('{"tags":{"a":"x\\u0000y"}}')?.field).toBe('tags.a')
    expect(find('{"data":[{"name":"ok"},{"name":"\\ud800"}]}')?.field).toBe('data[1].name')
    expect(find('{"params":{"__proto__":{"a":1}}}')?.problem).toMatch(/name that cannot be used/)
    expect(find('{"params":{"_\\u005fproto__":1}}')?.problem).toMatch(/name that cannot be used/)
    expect(find('{"a\\u0000":1}')?.field).toBe('a\\u0000')
  })

  it('lets whole characters pass', () => {
    expect(find('{"name":"\\ud83d\\ude00 \\u00e9 __proto"}')).toBeUndefined()
  })
})
