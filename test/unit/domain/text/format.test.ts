import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatDelta,
  formatDuration,
  formatSteps,
  formatValue,
  formatValues,
} from '../../../../src/domain/text/format.ts'

const DAY = 86_400_000

describe('values', () => {
  it.each([
    [0.9412345, '0.9412'],
    [0.5, '0.5'],
    [1_234_567.891, '1,234,568'],
    [1200, '1,200'],
    [1e-7, '1e-7'],
    [1.5e300, '1.5e300'],
    [-0, '0'],
    [0.1 + 0.2, '0.3'],
    [null, 'NaN'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'infinity'],
    [Number.NEGATIVE_INFINITY, '-infinity'],
  ])('%s', (value, text) => expect(formatValue(value)).toBe(text))

  it('side by side are told apart', () => {
    expect(formatValues([0.99991, 0.99992])).toEqual(['0.99991', '0.99992'])
    expect(formatValues([0.5, Number.NaN, null])).toEqual(['0.5', 'NaN', 'NaN'])
  })

  it('of any size are near what they stand for', () => {
    const near = fc.property(fc.double({ noNaN: true, min: -1e308, max: 1e308 }), (value) => {
      const shown = Number(formatValue(value).replaceAll(',', ''))
      expect(Math.abs(shown - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-3)
    })
    fc.assert(near)
  })
})

describe('differences', () => {
  it.each([
    [0.93, 0.94, '+0.01, +1.1 %'],
    [0.94, 0.93, '-0.01, -1.1 %'],
    [-1, 1, '+2, +200 %'],
    [0, 1, '+1'],
    [5, 5, '±0, ±0 %'],
    [1, Number.POSITIVE_INFINITY, '+infinity'],
    [1e-300, 1e300, '+1e300'],
    [Number.NaN, 1, 'NaN'],
  ])('%s to %s', (before, after, text) => expect(formatDelta(before, after)).toBe(text))
})

describe('times and counts', () => {
  it.each([
    [2 * DAY + 4 * 3_600_000, '2 d 4 h'],
    [35_000, '35 s'],
    [59_999, '1 min'],
    [3_605_000, '1 h'],
    [DAY + 300_000, '1 d'],
    [0, '0 s'],
    [-5, '0 s'],
    [Number.NaN, '0 s'],
  ])('%s ms', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it('ages and steps', () => {
    const now = new Date('2026-11-24T10:00:00Z')
    expect(formatAge(new Date(now.getTime() - 3 * DAY), now)).toBe('3 d ago')
    expect(formatAge(new Date(now.getTime() + 5_000), now)).toBe('just now')
    expect(formatSteps(1200)).toBe('1,200')
    expect(formatSteps('9223372036854775807')).toBe('9,223,372,036,854,775,807')
  })
})
