import { type Step, toStep } from '../db/step.ts'

/** Points of one metric, column by column: `times` in milliseconds since 1970. All columns are equally long. */
export interface PointColumns {
  steps: Step[]
  times: number[]
  values: Float64Array
}

/*
 * Layout, little-endian: version u8, kind of values u8, kinds of steps and of times u8 each, count u32; then the
 * values, the steps, the times. Values are doubles, or floats where each of them is one exactly. Integers are the
 * first one, the smallest difference to a predecessor, and what each difference has above that in as few bytes as
 * the largest needs: none at all for regular steps. Where differences would not be exact they stay 8 bytes each.
 *
 * Rows of earlier releases may hold points one after the other instead: version u8 as POINT_BY_POINT, then of each
 * point its value as a double, its step and its time in 8 bytes each.
 */
const VERSION = 1
const POINT_BY_POINT = 2
const POINT_BYTES = 24
const HEADER = 8
const DOUBLES = 0
const FLOATS = 1
const RAW = 8

/** Points as metric_chunks keeps them, to the bit. About 10 bytes a point for regular steps and jittered times. */
export function packPoints({ steps, times, values }: PointColumns): Buffer {
  const floats = areFloats(values)
  const body = floats ? Float32Array.from(values) : values
  const packedSteps = packIntegers(steps)
  const packedTimes = packIntegers(times)
  const packed = Buffer.allocUnsafe(
    HEADER + body.byteLength + packedSteps.bytes.byteLength + packedTimes.bytes.byteLength,
  )
  packed[0] = VERSION
  packed[1] = floats ? FLOATS : DOUBLES
  packed[2] = packedSteps.width
  packed[3] = packedTimes.width
  packed.writeUInt32LE(values.length, 4)
  packed.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), HEADER)
  packed.set(packedSteps.bytes, HEADER + body.byteLength)
  packed.set(packedTimes.bytes, HEADER + body.byteLength + packedSteps.bytes.byteLength)
  return packed
}

/** @throws Error for bytes that packPoints of this or an earlier release did not make */
export function unpackPoints(packed: Uint8Array): PointColumns {
  const { values, pick } = openPoints(packed)
  return { values, ...pick(undefined) }
}

export interface OpenPoints {
  values: Float64Array
  /** Whether each step is known to be above the one before. */
  rising: boolean
  /** Steps and times at the given rising places, or all of them: only what is asked for is put together. */
  pick(places: ArrayLike<number> | undefined): Pick<PointColumns, 'steps' | 'times'>
}

/** The values at once, the rest when it is wanted. @throws Error as unpackPoints */
export function openPoints(packed: Uint8Array): OpenPoints {
  if (packed[0] === POINT_BY_POINT) return openListed(packed)
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  if (packed[0] !== VERSION)
    throw new Error(`Points packed in version ${packed[0]}: this release knows up to ${POINT_BY_POINT}.`)
  const count = view.getUint32(4, true)
  const size = packed[1] === FLOATS ? 4 : 8
  const [stepWidth = RAW, timeWidth = RAW] = [packed[2], packed[3]]
  const stepsAt = HEADER + count * size
  const timesAt = stepsAt + integersLength(count, stepWidth)
  if (packed.byteLength !== timesAt + integersLength(count, timeWidth)) {
    throw new Error(`Packed points of ${packed.byteLength} bytes are cut off.`)
  }
  const body = copyOf(packed, HEADER, stepsAt)
  return {
    values: size === 4 ? Float64Array.from(new Float32Array(body)) : new Float64Array(body),
    rising: count < 2 || (stepWidth !== RAW && view.getBigInt64(stepsAt + 8, true) > 0n),
    pick: (places) => ({
      steps: unpackIntegers(packed, stepsAt, count, stepWidth, places),
      times: unpackIntegers(packed, timesAt, count, timeWidth, places).map(Number),
    }),
  }
}

function openListed(packed: Uint8Array): OpenPoints {
  const view = new DataView(packed.buffer, packed.byteOffset + 1, packed.byteLength - 1)
  const count = view.byteLength / POINT_BYTES
  if (!Number.isInteger(count) || count === 0)
    throw new Error(`Points one by one of ${view.byteLength} bytes are cut off.`)
  const all = Array.from({ length: count }, (_, index) => index * POINT_BYTES)
  const values = new BigUint64Array(all.map((at) => view.getBigUint64(at, true)))
  const steps = all.map((at) => toStep(view.getBigInt64(at + 8, true)))
  return {
    values: new Float64Array(values.buffer),
    rising: steps.every((step, index) => index === 0 || (steps[index - 1] as Step) < step),
    pick: (places) => {
      const wanted = places === undefined ? [...all.keys()] : Array.from(places)
      return {
        steps: wanted.map((place) => steps[place] as Step),
        times: wanted.map((place) => Number(view.getBigInt64((all[place] as number) + 16, true))),
      }
    },
  }
}

/** The column of a list of numbers; Float64Array.from would call an iterator for each of them. */
export function toDoubles(values: number[]): Float64Array {
  const doubles = new Float64Array(values.length)
  for (let index = 0; index < values.length; index++) doubles[index] = values[index] as number
  return doubles
}

/** NaN stays a double: as a float it would lose its bits. */
export function areFloats(values: Float64Array): boolean {
  for (let index = 0; index < values.length; index++)
    if (Math.fround(values[index] as number) !== values[index]) return false
  return true
}

export interface PackedIntegers {
  width: number
  bytes: Uint8Array
}

export function packIntegers(values: Step[]): PackedIntegers {
  const shape = shapeOf(values)
  if (shape === undefined) return { width: RAW, bytes: bytesOf(BigInt64Array.from(values, BigInt)) }
  const { first, least, width } = shape
  const bytes = new Uint8Array(integersLength(values.length, width))
  bytes.set(bytesOf(BigInt64Array.of(BigInt(first), BigInt(least))))
  if (width === 0) return { width, bytes }
  const Residuals = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width]
  const residuals = new Residuals(values.length - 1)
  let before = first
  for (let index = 1; index < values.length; index++) {
    const value = values[index] as number
    residuals[index - 1] = value - before - least
    before = value
  }
  bytes.set(bytesOf(residuals), 16)
  return { width, bytes }
}

/** Undefined when 8 bytes each are better or the only exact way. */
function shapeOf(values: Step[]): { first: number; least: number; width: 0 | 1 | 2 | 4 } | undefined {
  const [first] = values
  if (typeof first !== 'number' || values.length < 2) return undefined
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let before = first
  for (let index = 1; index < values.length; index++) {
    const value = values[index]
    if (typeof value !== 'number') return undefined
    const difference = value - before
    if (difference < least) least = difference
    if (difference > most) most = difference
    before = value
  }
  if (!Number.isSafeInteger(least) || !Number.isSafeInteger(most)) return undefined
  const span = most - least
  const width = span === 0 ? 0 : span <= 0xff ? 1 : span <= 0xffff ? 2 : span <= 0xffff_ffff ? 4 : undefined
  return width === undefined ? undefined : { first, least, width }
}

export function integersLength(count: number, width: number): number {
  return width === RAW ? count * 8 : 16 + (count - 1) * width
}

export function unpackIntegers(
  packed: Uint8Array,
  at: number,
  count: number,
  width: number,
  places: ArrayLike<number> | undefined,
): Step[] {
  const bytes = copyOf(packed, at, at + integersLength(count, width))
  if (width === RAW) {
    const all = new BigInt64Array(bytes)
    return Array.from(places ?? all.keys(), (place) => toStep(all[place] as bigint))
  }
  const [first = 0n, least = 0n] = new BigInt64Array(bytes, 0, 2)
  const residuals = residualsOf(bytes, width)
  const base = Number(least)
  const wanted = places?.length ?? count
  const picked: Step[] = Array.from({ length: wanted })
  let value = Number(first)
  let index = 0
  for (let at = 0; at < wanted; at++) {
    const place = places?.[at] ?? at
    for (; index < place; index++)
      value += base + (residuals === undefined ? 0 : (residuals[index] as number))
    picked[at] = value
  }
  return picked
}

function residualsOf(bytes: ArrayBuffer, width: number): Uint8Array | Uint16Array | Uint32Array | undefined {
  if (width === 0) return undefined
  if (width === 1) return new Uint8Array(bytes, 16)
  return width === 2 ? new Uint16Array(bytes, 16) : new Uint32Array(bytes, 16)
}

function bytesOf(array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** Copied, for a typed array begins only where its element size divides the address. */
function copyOf({ buffer, byteOffset }: Uint8Array, from: number, to: number): ArrayBuffer {
  return buffer.slice(byteOffset + from, byteOffset + to) as ArrayBuffer
}
