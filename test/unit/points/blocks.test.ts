import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type Block,
  decodeBlocks,
  encodeBlocks,
  type Given,
  type Series,
  toBlocks,
  toRows,
  toSeriesList,
} from '../../../src/points/blocks.ts'
import { joinSeries } from '../../../src/points/join-series.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { pointsArbitrary, valuesOf } from '../../support/points-arbitrary.ts'

const RUNS = fuzzRuns(500)

const block: fc.Arbitrary<Block> = fc
  .tuple(
    pointsArbitrary(12),
    fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 5 }),
  )
  .chain(([{ steps, times }, metricIds]) => {
    const count = times.length
    const singly = fc.array(fc.boolean(), { minLength: count, maxLength: count })
    return fc.record({
      metricIds: fc.constant(metricIds),
      steps: fc.constantFrom(steps, null),
      times: fc.constant(times),
      given: fc.oneof<fc.Arbitrary<Given>[]>(fc.boolean(), singly),
      numbered: fc.boolean(),
      values: fc.tuple(...metricIds.map(() => valuesOf(count))),
    })
  })

/** Every NaN is one NaN: numbers on their way may lose its bits. */
const canonical = (values: Float64Array) =>
  Array.from(values, (value) => (Number.isNaN(value) ? 'NaN' : value))
const shown = (blocks: Block[]) => blocks.map((one) => ({ ...one, values: one.values.map(canonical) }))

it('blocks come back as they were, one after the other, wherever the bytes lie', () => {
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 15 }),
      (blocks, offset) => {
        const body = encodeBlocks(blocks)
        const elsewhere = Buffer.concat([Buffer.alloc(offset, 0xaa), body, Buffer.alloc(3)])
        expect(shown(decodeBlocks(elsewhere.subarray(offset, offset + body.length)))).toEqual(shown(blocks))
      },
    ),
    RUNS,
  )
})

it('the values of one metric come without those of the others', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), fc.nat(), (blocks, which) => {
      const ids = blocks.flatMap(({ metricIds }) => metricIds)
      const wanted = ids[which % ids.length] as number
      const own = toSeriesList(blocks).filter(({ metricId }) => metricId === wanted)
      const found = toSeriesList(decodeBlocks(encodeBlocks(blocks), wanted))
      expect(found.map(({ values }) => canonical(values))).toEqual(own.map(({ values }) => canonical(values)))
      expect(found.map(({ times }) => times)).toEqual(own.map(({ times }) => times))
    }),
    RUNS,
  )
})

it('bytes that are cut off are an error', () => {
  const steps = [1, 2, 3]
  const one = {
    metricIds: [7],
    steps,
    times: steps,
    given: true,
    numbered: false,
    values: [Float64Array.of(1.1, 2.2, 3.3)],
  }
  const body = encodeBlocks([one])
  expect(() => decodeBlocks(body.subarray(0, body.length - 1))).toThrow('cut off')
})

it('a request becomes rows of a bounded size that hold its points in their order', () => {
  const series = fc.record({
    metricId: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 30_000 }),
  })
  fc.assert(
    fc.property(fc.array(series, { minLength: 1, maxLength: 6 }), (shapes) => {
      const sent = shapes.map(({ metricId, count }, at): Series => {
        const steps = Array.from({ length: count }, (_, index) => at * 100_000 + index)
        const values = Float64Array.from(steps, (step) => step / 3)
        return { metricId, steps, times: steps, given: false, numbered: false, values }
      })
      const rows = toRows(sent)
      for (const row of rows) expect(row.length).toBeLessThan(256 * 1_024)
      const read = joinSeries(rows.flatMap((row) => toSeriesList(decodeBlocks(row))))
      const wanted = joinSeries(sent)
      const texts = (all: Series[]) =>
        all.map(({ metricId, steps, values }) => [
          metricId,
          steps?.length,
          steps?.at(0),
          steps?.at(-1),
          values.at(-1),
        ])
      expect(texts(read)).toEqual(texts(wanted))
    }),
    fuzzRuns(30),
  )
})

it('series with the same columns share a block', () => {
  const steps = [4]
  const series = [1, 2, 3].map((metricId): Series => {
    return {
      metricId,
      steps: [...steps],
      times: [9],
      given: true,
      numbered: false,
      values: Float64Array.of(metricId),
    }
  })
  expect(toBlocks(series)).toHaveLength(1)
  expect(toSeriesList(toBlocks(series)).map(({ metricId }) => metricId)).toEqual([1, 2, 3])
})
