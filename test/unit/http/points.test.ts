import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasLongIntegers } from '../../../src/http/json.ts'
import { plainSeries, type PointsBody, toSeries } from '../../../src/http/protocols/native/to-series.ts'
import { POINTS_BODY } from '../../../src/http/protocols/native/schemas.ts'
import { toRunInput } from '../../../src/http/protocols/native/to-run.ts'
import { validatorCompiler } from '../../../src/http/validation.ts'
import { fuzzRuns } from '../../support/fuzz.ts'

describe('points', () => {
  it('groups points by metric and keeps stepped ones apart from numbered ones', () => {
    const series = toSeries({
      points: [
        { name: 'loss', value: 1, step: 0 },
        { name: 'loss', value: 'NaN', step: 1, time: '2026-11-24T09:30:00Z' },
        { name: 'loss', value: null },
        { name: 'acc', value: 0.5, step: 9223372036854775807n },
      ],
    })
    expect(series).toEqual([
      { name: 'loss', steps: [0, 1], times: [null, Date.UTC(2026, 10, 24, 9, 30)], values: [1, Number.NaN] },
      { name: 'acc', steps: [9223372036854775807n], times: null, values: [0.5] },
      { name: 'loss', steps: null, times: null, values: [Number.NaN] },
    ])
  })

  it('reads columns', () => {
    expect(toSeries({ steps: [0, 1], series: { 'val/loss': [1, '-Infinity'] } })).toEqual([
      { name: 'val/loss', steps: [0, 1], times: null, values: [1, Number.NEGATIVE_INFINITY] },
    ])
  })

  it.each([
    [{ steps: [0, 1], series: { a: [1] } }, 'series.a'],
    [{}, 'points'],
    [{ points: [], series: {} }, 'series'],
    [{ points: [], steps: [1] }, 'steps'],
    [{ points: [{ name: 'a', value: 1, step: 2n ** 63n }] }, 'points[0].step'],
    [{ points: [{ name: 'a', value: 1, time: '2026' }] }, 'points[0].time'],
    [{ points: [{ name: 'a', value: 1, time: -1 }] }, 'points[0].time'],
  ])('refuses what cannot be (%#)', (body, field) => {
    expect(() => toSeries(body)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field }) }),
    )
  })
})

describe('columns of plain numbers', () => {
  const validate = validatorCompiler({ schema: POINTS_BODY, httpPart: 'body', method: 'POST', url: '/' })
  const odd = fc.constantFrom<unknown>(
    'NaN',
    '7',
    '2026-11-24T09:30:00Z',
    null,
    true,
    -1,
    0.5,
    2 ** 53,
    1e300,
    [1],
    {},
  )
  const column = (plain: fc.Arbitrary<unknown>) =>
    fc.oneof(
      { arbitrary: fc.array(plain, { minLength: 2, maxLength: 2 }), weight: 8 },
      { arbitrary: fc.array(fc.oneof(plain, odd), { maxLength: 3 }), weight: 1 },
      { arbitrary: odd, weight: 1 },
    )
  const values = column(fc.double({ noNaN: true, noDefaultInfinity: true }))
  const name = fc.constantFrom('loss', 'val/acc', '', 'x'.repeat(250), 'x'.repeat(251))
  const columns = fc.record(
    {
      steps: column(fc.maxSafeInteger()),
      times: column(fc.integer({ min: 0, max: 253_402_300_799_999 })),
      series: fc.oneof(
        { arbitrary: fc.dictionary(name, values), weight: 8 },
        { arbitrary: values, weight: 1 },
      ),
    },
    { requiredKeys: ['steps', 'series'] },
  )
  const more = fc.record({ points: fc.constantFrom(null, []), other: odd }, { requiredKeys: [] })
  const mixed = fc.tuple(columns, more).map(([whole, part]) => ({ ...whole, ...part }))
  const body = fc.oneof({ arbitrary: columns, weight: 8 }, { arbitrary: mixed, weight: 1 })

  it('are read as the schema and toSeries would, whatever comes', () => {
    let plain = 0
    fc.assert(
      fc.property(fc.oneof({ arbitrary: body, weight: 20 }, odd), (given) => {
        const series = plainSeries(given)
        if (series === undefined) return
        plain++
        expect([validate(given), hasLongIntegers((given as PointsBody).steps)]).toEqual([true, false])
        expect(series).toEqual(toSeries(given as PointsBody))
      }),
      fuzzRuns(2_000),
    )
    expect(plain).toBeGreaterThan(50)
  })

  it('are all that most clients send', () => {
    const sent = {
      steps: [0, 1],
      times: [1_764_000_000_000, 1_764_000_000_997],
      series: { loss: [0.5, 2], acc: [0, 1] },
    }
    expect(plainSeries(sent)).toEqual(toSeries(sent))
    expect(plainSeries({ steps: [], series: {} })).toEqual([])
    for (const [key, other] of Object.entries({
      steps: [0, 2 ** 53],
      times: [0, null],
      series: { loss: [1, 'NaN'] },
    }))
      expect(plainSeries({ ...sent, [key]: other })).toBeUndefined()
  })
})

describe('runs', () => {
  it('reads values, times and long integers', () => {
    const input = toRunInput({
      project: 'churn',
      metrics: { a: 'NaN', b: null, c: 2 },
      seed: 12345678901234567890n,
      params: { deep: { big: 12345678901234567890n } },
      ended_at: '2026-11-24T09:30:00+01:00',
    })
    expect(input).toEqual({
      project: 'churn',
      metrics: { a: Number.NaN, b: Number.NaN, c: 2 },
      seed: '12345678901234567890',
      params: { deep: { big: '12345678901234567890' } },
      ended_at: new Date('2026-11-24T08:30:00Z'),
    })
  })

  it('refuses endless nesting and numbers that are none', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`)
    expect(() => toRunInput({ project: 'p', params: deep })).toThrow(/Nested deeper/)
    expect(() => toRunInput({ project: 'p', env: { a: Number.POSITIVE_INFINITY } })).toThrow(/larger than/)
  })
})
