import type { Scale } from 'chart.js'
import { describe, expect, it } from 'vitest'
import { roundTicks } from '../../../src/charts/ticks.ts'

function ticksOf(min: number, max: number, precision?: number): number[] {
  const scale = { min, max, ticks: [], options: { ticks: { precision } } } as unknown as Scale
  roundTicks(scale)
  return scale.ticks.map(({ value }) => value)
}

describe('round ticks', () => {
  it('stand between whole numbers only where values do', () => {
    expect(ticksOf(1, 2)).toEqual([1, 1.2, 1.4, 1.6, 1.8, 2])
    expect(ticksOf(1, 2, 0)).toEqual([1, 2])
    expect(ticksOf(1, 4, 0)).toEqual([1, 2, 3, 4])
  })

  it('are about five however far the axis goes', () => {
    for (const [min, max] of [
      [1, 13],
      [0, 2_000],
      [50, 123_456],
    ] as const)
      for (const precision of [0, undefined])
        expect(ticksOf(min, max, precision).length).toSatisfy((count: number) => count >= 3 && count <= 8)
  })
})
