import fc from 'fast-check'
import type { PointColumns } from '../../src/points/packed-points.ts'
import { MAX_STEP, MIN_STEP, type Step, toStep } from '../../src/db/step.ts'

/** Any double by its bits: every NaN with its sign and payload, both zeros, both infinities, subnormals. */
const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(
    0x7ff8_0000_0000_0000n,
    0xfff8_0000_0000_0000n,
    0x7ff0_0000_0000_0001n,
    0x8000_0000_0000_0000n,
  ),
  fc.constantFrom(0x7ff0_0000_0000_0000n, 0xfff0_0000_0000_0000n, 1n),
)

/** Doubles that are floats too, as a model's loss mostly is. */
const float = fc.float().map((value) => new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n)

export function valuesOf(length: number): fc.Arbitrary<Float64Array> {
  const exactly = { minLength: length, maxLength: length }
  return fc
    .oneof(fc.array(bits, exactly), fc.array(float, exactly))
    .map((values) => new Float64Array(BigUint64Array.from(values).buffer))
}

/** Every shape that the packed form knows: regular, small and large differences, any 64-bit integers in any order. */
export function stepsOf(length: number): fc.Arbitrary<Step[]> {
  const exactly = { minLength: length, maxLength: length }
  const start = fc.integer({ min: -1_000_000, max: 1_000_000 })
  const regular = fc
    .tuple(start, fc.integer({ min: -70_000, max: 70_000 }))
    .map(([first, stride]) => Array.from({ length }, (_, index) => first + index * stride))
  const spread = fc.constantFrom(255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40)
  const irregular = spread.chain((most) => fc.array(fc.integer({ min: 0, max: most }), exactly))
  const wide = fc.array(fc.bigInt({ min: MIN_STEP, max: MAX_STEP }).map(toStep), exactly)
  const edges = fc.array(
    fc.constantFrom<Step>(toStep(MIN_STEP), toStep(MAX_STEP), 0, 2 ** 53 - 1, -(2 ** 53) + 1),
    exactly,
  )
  return fc.oneof(regular, irregular, wide, edges)
}

const times = (length: number) =>
  fc.oneof(
    fc.array(fc.integer({ min: 0, max: 253_402_300_799_999 }), { minLength: length, maxLength: length }),
    fc
      .array(fc.integer({ min: 0, max: 50 }), { minLength: length, maxLength: length })
      .map((jitters) => jitters.map((jitter, index) => 1_764_000_000_000 + index * 1_000 + jitter)),
  )

export function pointsArbitrary(maxLength: number): fc.Arbitrary<PointColumns> {
  return fc
    .integer({ min: 1, max: maxLength })
    .chain((length) => fc.record({ steps: stepsOf(length), times: times(length), values: valuesOf(length) }))
}

/** A point as text, to the bit of its value. */
export function pointTexts({ steps, times: at, values }: PointColumns): string[] {
  const words = new BigUint64Array(values.slice().buffer)
  return Array.from(values, (_value, index) => `${steps[index]} ${at[index]} ${words[index]?.toString(16)}`)
}
