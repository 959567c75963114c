import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openPoints, packPoints, type PointColumns, unpackPoints } from '../../../src/points/packed-points.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { pointsArbitrary, pointTexts } from '../../support/points-arbitrary.ts'

const RUNS = fuzzRuns(1_000)

/** A byte that says so, then of each point its value, its step and its time in 8 bytes each, little-endian. */
function listOneByOne({ steps, times, values }: PointColumns): Buffer {
  const each = steps.map((step, at) => {
    const integers = BigInt64Array.of(BigInt(step), BigInt(times[at] as number))
    return Buffer.concat([Buffer.from(values.slice(at, at + 1).buffer), Buffer.from(integers.buffer)])
  })
  return Buffer.concat([Buffer.of(2), ...each])
}

describe('packed points', () => {
  it('come back to the bit, whatever they are, wherever the bytes lie', () => {
    fc.assert(
      fc.property(pointsArbitrary(80), fc.integer({ min: 0, max: 15 }), (points, offset) => {
        const packed = packPoints(points)
        const elsewhere = Buffer.concat([Buffer.alloc(offset, 0xaa), packed, Buffer.alloc(3)])
        const found = unpackPoints(elsewhere.subarray(offset, offset + packed.length))
        expect(pointTexts(found)).toEqual(pointTexts(points))
        expect(found.steps).toEqual(points.steps)
      }),
      RUNS,
    )
  })

  it('come back to the bit from rows of earlier releases, which listed them one by one', () => {
    fc.assert(
      fc.property(pointsArbitrary(60), ({ steps, times, values }) => {
        const listed = listOneByOne({ steps, times, values })
        expect(pointTexts(unpackPoints(listed))).toEqual(pointTexts({ steps, times, values }))
        const rising = steps.every((step, at) => at === 0 || (steps[at - 1] as typeof step) < step)
        const opened = openPoints(listed)
        expect(opened.rising).toBe(rising)
        const places = [0, steps.length - 1]
        expect(opened.pick(places)).toEqual({
          steps: places.map((at) => steps[at]),
          times: places.map((at) => times[at]),
        })
      }),
      RUNS,
    )
  })

  const packed = (
    count: number,
    step: (index: number) => number,
    time: (index: number) => number,
    value: number,
  ) =>
    packPoints({
      steps: Array.from({ length: count }, (_, index) => step(index)),
      times: Array.from({ length: count }, (_, index) => time(index)),
      values: new Float64Array(count).fill(value),
    }).length

  it.each([
    ['regular steps and times, doubles', 8 + 32, 8, (index: number) => index * 1_000, Math.PI],
    [
      'regular steps, jittered times, doubles',
      8 + 32,
      9,
      (index: number) => index * 1_000 + (index % 50),
      Math.PI,
    ],
    ['regular steps and times, floats', 8 + 32, 4, (index: number) => index * 1_000, 0.5],
  ])('need few bytes: %s', (_what, header, perPoint, time, value) => {
    expect(packed(1_000, (index) => index * 10, time, value)).toBeLessThanOrEqual(header + 1_000 * perPoint)
  })

  it('say what is wrong with bytes that are cut off or of a later release', () => {
    const good = packPoints({ steps: [1, 2, 4], times: [5, 6, 7], values: Float64Array.of(1, 2, 3) })
    expect(() => unpackPoints(good.subarray(0, good.length - 1))).toThrow('cut off')
    expect(() => unpackPoints(Buffer.concat([good, Buffer.of(0)]))).toThrow('cut off')
    expect(() => unpackPoints(Buffer.concat([Buffer.of(3), good.subarray(1)]))).toThrow('version 3')
    const listed = listOneByOne(unpackPoints(good))
    expect(() => unpackPoints(listed.subarray(0, -1))).toThrow('cut off')
    expect(() => unpackPoints(listed.subarray(0, 1))).toThrow('cut off')
  })
})
