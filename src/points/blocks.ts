import type { Step } from '../db/step.ts'
import {
  areFloats,
  integersLength,
  packIntegers,
  type PackedIntegers,
  toDoubles,
  unpackIntegers,
} from './packed-points.ts'

/**
 * Points of metrics that share their steps and times: what a training script logs at a step. A log row and a page are
 * blocks, one after the other.
 */
export interface Block {
  metricIds: number[]
  /** Null: the points are numbered when they are folded. */
  steps: Step[] | null
  /** Milliseconds since 1970; the time of arrival where the sender gave none. */
  times: number[]
  /** Whether the sender gave the times: all, none, or each by itself. A repeat without a time repeats any time. */
  given: Given
  /** True when the steps are ours: the sender gave none, and a fold has numbered the points. */
  numbered: boolean
  /** Of each metric its values. */
  values: Float64Array[]
}

export type Given = boolean | boolean[]

/*
 * Layout, little-endian: flags u8, count of metrics u32, count of points u32, the metrics' ids u32 each; steps unless
 * they are null, then times, each as its width u8 and packed integers; one byte a point where times are given singly;
 * the values metric by metric, as floats where each of them is one exactly.
 */
const STEPPED = 1
const FLOATS = 2
const ALL_GIVEN = 4
const SINGLY_GIVEN = 8
const NUMBERED = 16
const HEADER = 9

/** Bytes that `decodeBlocks` reads back to the bit. */
export function encodeBlocks(blocks: Block[]): Buffer {
  const parts = blocks.map(encodeBlock)
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

function encodeBlock({ metricIds, steps, times, given, numbered, values }: Block): Buffer {
  const count = times.length
  const column = joinValues(values)
  const floats = areFloats(column)
  const packedSteps = steps === null ? undefined : packIntegers(steps)
  const packedTimes = packIntegers(times)
  const singly = Array.isArray(given)
  const size = floats ? 4 : 8
  const length =
    HEADER +
    metricIds.length * (4 + count * size) +
    (packedSteps === undefined ? 0 : 1 + packedSteps.bytes.length) +
    (1 + packedTimes.bytes.length) +
    (singly ? count : 0)
  const body = Buffer.allocUnsafe(length)
  body[0] =
    (steps === null ? 0 : STEPPED) |
    (floats ? FLOATS : 0) |
    (given === true ? ALL_GIVEN : singly ? SINGLY_GIVEN : 0) |
    (numbered ? NUMBERED : 0)
  body.writeUInt32LE(metricIds.length, 1)
  body.writeUInt32LE(count, 5)
  let at = HEADER
  for (const id of metricIds) at = body.writeUInt32LE(id, at)
  if (packedSteps !== undefined) at = write(body, packedSteps, at)
  at = write(body, packedTimes, at)
  if (singly) for (const one of given) body[at++] = one ? 1 : 0
  const bytes = floats ? Float32Array.from(column) : column
  body.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), at)
  return body
}

/** Columns of values, one after the other. */
export function joinValues(columns: Float64Array[]): Float64Array {
  const [first] = columns
  if (columns.length === 1 && first !== undefined) return first
  const values = new Float64Array(columns.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const column of columns) {
    // Most columns are of one value, which costs less than a call.
    if (column.length === 1) values[at] = column[0] as number
    else values.set(column, at)
    at += column.length
  }
  return values
}

function write(body: Buffer, { width, bytes }: PackedIntegers, at: number): number {
  body[at] = width
  body.set(bytes, at + 1)
  return at + 1 + bytes.length
}

/**
 * The blocks of a row, in their order.
 * @param wanted only the values of this metric; blocks without it are left out
 * @throws Error for bytes that encodeBlocks did not make
 */
export function decodeBlocks(body: Uint8Array, wanted?: number): Block[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const blocks: Block[] = []
  let at = 0
  while (at < body.byteLength) {
    const { block, end } = decodeBlock(body, view, at, wanted)
    if (block !== undefined) blocks.push(block)
    at = end
  }
  return blocks
}

function decodeBlock(body: Uint8Array, view: DataView, start: number, wanted: number | undefined) {
  const flags = view.getUint8(start)
  const [metrics, count] = [view.getUint32(start + 1, true), view.getUint32(start + 5, true)]
  let at = start + HEADER
  const ids = Array.from({ length: metrics }, (_, index) => view.getUint32(at + index * 4, true))
  at += metrics * 4
  const stepsAt = at
  if ((flags & STEPPED) !== 0) at += 1 + integersLength(count, view.getUint8(at))
  const timesAt = at
  at += 1 + integersLength(count, view.getUint8(at))
  const givenAt = at
  if ((flags & SINGLY_GIVEN) !== 0) at += count
  const size = (flags & FLOATS) === 0 ? 8 : 4
  const end = at + metrics * count * size
  if (end > body.byteLength) throw new Error(`A block of ${end - start} bytes is cut off.`)
  const place = wanted === undefined ? undefined : ids.indexOf(wanted)
  if (place === -1) return { block: undefined, end }
  const [from, columns] = place === undefined ? [0, metrics] : [place, 1]
  const column = doubles(body, at + from * count * size, columns * count, size)
  const block: Block = {
    metricIds: place === undefined ? ids : [ids[place] as number],
    steps: (flags & STEPPED) === 0 ? null : integers(body, view, stepsAt, count),
    times: integers(body, view, timesAt, count).map(Number),
    given: givenOf(body, flags, givenAt, count),
    numbered: (flags & NUMBERED) !== 0,
    values: Array.from({ length: columns }, (_, index) =>
      column.subarray(index * count, (index + 1) * count),
    ),
  }
  return { block, end }
}

function integers(body: Uint8Array, view: DataView, at: number, count: number): Step[] {
  return unpackIntegers(body, at + 1, count, view.getUint8(at), undefined)
}

function givenOf(body: Uint8Array, flags: number, at: number, count: number): Given {
  if ((flags & SINGLY_GIVEN) !== 0) return Array.from(body.subarray(at, at + count), (byte) => byte === 1)
  return (flags & ALL_GIVEN) !== 0
}

function doubles(body: Uint8Array, at: number, count: number, size: number): Float64Array {
  // Copied, for a typed array begins only where its element size divides the address.
  const bytes = body.buffer.slice(body.byteOffset + at, body.byteOffset + at + count * size) as ArrayBuffer
  return size === 8 ? new Float64Array(bytes) : Float64Array.from(new Float32Array(bytes))
}

/** Points of one metric, in the order of their arrival. */
export interface Series {
  metricId: number
  steps: Step[] | null
  times: number[]
  given: Given
  numbered: boolean
  values: Float64Array
}

/** What a sender gave of one metric. */
interface Sent {
  steps: Step[] | null
  times: (number | null)[] | null
  values: number[] | Float64Array
}

/** A sent column with its times filled. Series of one request share `filled`, for they mostly share their columns. */
export function toSeries(
  metricId: number,
  { steps, times, values }: Sent,
  arrivedAt: number,
  filled: Filled,
): Series {
  const column = values instanceof Float64Array ? values : toDoubles(values)
  return { metricId, steps, numbered: false, values: column, ...filled(times, column.length, arrivedAt) }
}

export type Filled = (
  times: (number | null)[] | null,
  count: number,
  arrivedAt: number,
) => Pick<Series, 'times' | 'given'>

/** Fills each column of times once, so that series with one column still share it. */
export function fillOnce(): Filled {
  let last:
    | { times: unknown; count: number; arrivedAt: number; filled: Pick<Series, 'times' | 'given'> }
    | undefined
  return (times, count, arrivedAt) => {
    if (last === undefined || last.times !== times || last.count !== count || last.arrivedAt !== arrivedAt)
      last = { times, count, arrivedAt, filled: fill(times, count, arrivedAt) }
    return last.filled
  }
}

function fill(
  times: (number | null)[] | null,
  count: number,
  arrivedAt: number,
): Pick<Series, 'times' | 'given'> {
  if (times === null) return { times: Array.from({ length: count }, () => arrivedAt), given: false }
  if (!times.includes(null)) return { times: times as number[], given: true }
  return { times: times.map((time) => time ?? arrivedAt), given: times.map((time) => time !== null) }
}

/** Series as blocks: those with the same steps and times, one after the other, share one. */
export function toBlocks(series: Series[]): Block[] {
  const blocks: Block[] = []
  for (const one of series) {
    const last = blocks.at(-1)
    if (last !== undefined && goTogether(last, one)) {
      last.metricIds.push(one.metricId)
      last.values.push(one.values)
    } else blocks.push({ ...one, metricIds: [one.metricId], values: [one.values] })
  }
  return blocks
}

type Columns = Pick<Series, 'steps' | 'times' | 'given' | 'numbered'>

function goTogether(a: Columns, b: Columns): boolean {
  return (
    a.numbered === b.numbered &&
    isSame(a.steps, b.steps) &&
    isSame(a.times, b.times) &&
    isSame(a.given, b.given)
  )
}

type Column = readonly (Step | boolean)[] | boolean | null

/** The same column, or a short one with the same content: long ones are the same or are not compared. */
function isSame(a: Column, b: Column): boolean {
  if (a === b) return true
  if (!Array.isArray(a) || !Array.isArray(b)) return false
  return a.length === b.length && a.length <= MAX_COMPARED && a.every((one, index) => one === b[index])
}

const MAX_COMPARED = 8

/** One after the other the series of a row. */
export function toSeriesList(blocks: Block[]): Series[] {
  return blocks.flatMap(({ metricIds, values, steps, times, given, numbered }) =>
    metricIds.map((metricId, at) => ({
      metricId,
      steps,
      times,
      given,
      numbered,
      values: values[at] as Float64Array,
    })),
  )
}

/** The most points of one metric in a block; more are cut into several. */
const MAX_BLOCK_POINTS = 4_096
/** A row is full at about this size, so that what is read for one piece of a fold stays small. */
const MAX_ROW_BYTES = 128 * 1024

/** A request as the bodies of its rows, at least one and each of about MAX_ROW_BYTES at most. */
export function toRows(series: Series[]): Buffer[] {
  if (series.length === 1 && (series[0] as Series).values.length <= MAX_BLOCK_POINTS)
    return [encodeBlocks(toBlocks(series))]
  const rows: Buffer[] = []
  let row: Series[] = []
  let bytes = 0
  const flush = () => {
    if (row.length > 0) rows.push(encodeBlocks(toBlocks(row)))
    row = []
    bytes = 0
  }
  for (const one of series.flatMap(cut)) {
    const size =
      12 + one.values.length * (isSame(row.at(-1)?.steps ?? null, one.steps) && row.length > 0 ? 8 : 24)
    if (bytes + size > MAX_ROW_BYTES) flush()
    row.push(one)
    bytes += size
  }
  flush()
  return rows
}

function cut(series: Series): Series[] {
  const { values, steps, times, given } = series
  if (values.length <= MAX_BLOCK_POINTS) return [series]
  return Array.from({ length: Math.ceil(values.length / MAX_BLOCK_POINTS) }, (_, at) => {
    const [from, to] = [at * MAX_BLOCK_POINTS, (at + 1) * MAX_BLOCK_POINTS]
    return {
      ...series,
      steps: steps?.slice(from, to) ?? null,
      times: times.slice(from, to),
      given: Array.isArray(given) ? given.slice(from, to) : given,
      values: values.subarray(from, to),
    }
  })
}
