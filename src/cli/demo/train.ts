import { type Digits, PIXELS } from './digits.ts'

export interface Params {
  lr: number
  epochs: number
  /** Weights shrink by this share of the learning rate at each step. */
  l2: number
  seed: number
}

export interface EpochResult {
  epoch: number
  /** Mean cross-entropy over the training images. */
  loss: number
  /** Share of the test images that are named right. */
  accuracy: number
}

const CLASSES = 10

/** Softmax regression by stochastic gradient descent, one image at a time. Yields after every epoch. */
export function* trainSoftmax(train: Digits, test: Digits, params: Params): Generator<EpochResult> {
  const random = seeded(params.seed)
  const weights = Float64Array.from({ length: CLASSES * (PIXELS + 1) }, () => (random() - 0.5) * 0.01)
  const order = Uint32Array.from({ length: train.count }, (_, index) => index)
  for (let epoch = 1; epoch <= params.epochs; epoch++) {
    shuffle(order, random)
    let loss = 0
    for (const index of order) loss += step(weights, train, index, params)
    yield { epoch, loss: loss / train.count, accuracy: accuracyOf(weights, test) }
  }
}

function step(weights: Float64Array, digits: Digits, index: number, { lr, l2 }: Params): number {
  const offset = index * PIXELS
  const label = digits.labels[index] ?? 0
  const shares = softmax(weights, digits, offset)
  for (let digit = 0; digit < CLASSES; digit++) {
    const gradient = (shares[digit] ?? 0) - (digit === label ? 1 : 0)
    const row = digit * (PIXELS + 1)
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const at = row + pixel
      const weight = weights[at] ?? 0
      weights[at] = weight - lr * (gradient * (digits.images[offset + pixel] ?? 0) + l2 * weight)
    }
    weights[row + PIXELS] = (weights[row + PIXELS] ?? 0) - lr * gradient
  }
  return -Math.log(Math.max(shares[label] ?? 0, 1e-12))
}

function softmax(weights: Float64Array, digits: Digits, offset: number): Float64Array {
  const scores = new Float64Array(CLASSES)
  for (let digit = 0; digit < CLASSES; digit++) {
    const row = digit * (PIXELS + 1)
    let score = weights[row + PIXELS] ?? 0
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      score += (weights[row + pixel] ?? 0) * (digits.images[offset + pixel] ?? 0)
    }
    scores[digit] = score
  }
  const highest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - highest))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}

function accuracyOf(weights: Float64Array, test: Digits): number {
  let right = 0
  for (let index = 0; index < test.count; index++) {
    const shares = softmax(weights, test, index * PIXELS)
    if (shares.indexOf(Math.max(...shares)) === test.labels[index]) right += 1
  }
  return right / test.count
}

/** mulberry32: the same seed gives the same run. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const kept = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = kept
  }
}
