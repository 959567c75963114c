import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beats, comparison } from '../../../../src/domain/values/better.ts'

const max = (value: number, record: number, minDelta = 0) =>
  beats({ value, record, direction: 'max', minDelta })
const min = (value: number, record: number, minDelta = 0) =>
  beats({ value, record, direction: 'min', minDelta })

describe('beats', () => {
  it('needs any gain when no smallest one is set', () => {
    expect(max(0.5000000001, 0.5)).toBe(true)
    expect(max(0.5, 0.5)).toBe(false)
    expect(min(0.5, 0.5)).toBe(false)
    expect(min(-1, 0)).toBe(true)
  })

  it('counts a gain that equals the smallest one, although doubles fall short of it', () => {
    expect(0.94 - 0.93).toBeLessThan(0.01)
    expect(max(0.94, 0.93, 0.01)).toBe(true)
    expect(max(0.9399, 0.93, 0.01)).toBe(false)
    expect(min(0.3, 0.4, 0.1)).toBe(true)
  })

  it('never counts a tie or a loss, however large the values', () => {
    expect(max(1e9, 1e9, 1e-6)).toBe(false)
    expect(max(1e9 - 0.5, 1e9, 0.1)).toBe(false)
    const value = fc.double({ noNaN: true, noDefaultInfinity: true })
    const worse = fc.property(
      value,
      value,
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (a, b, minDelta) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        expect(max(low, high, minDelta)).toBe(false)
        expect(min(high, low, minDelta)).toBe(false)
        expect(max(a, b, minDelta)).toBe(min(-a, -b, minDelta))
      },
    )
    fc.assert(worse)
  })

  it('lets NaN take no record', () => {
    expect([max(Number.NaN, 1), min(Number.NaN, 1), max(Number.NaN, 1, 0.1)]).toEqual([false, false, false])
  })
})

describe('comparison', () => {
  it('speaks by direction', () => {
    expect(comparison(0.5, 0.6, 'max')).toBe('better')
    expect(comparison(0.5, 0.6, 'min')).toBe('worse')
    expect(comparison(0.5, 0.5, 'min')).toBe('equal')
    expect(comparison(0.5, 0.6, null)).toBe('different')
    expect(comparison(0.5, Number.NaN, 'max')).toBe('different')
  })
})
