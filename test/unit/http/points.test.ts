import { describe, expect, it } from 'vitest'
import { toSeries } from '../../../src/http/ingest/points.ts'
import { toRunInput } from '../../../src/http/ingest/run-input.ts'

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
