import type { Scale, Tick } from 'chart.js'

const MAX_TICKS = 7
const WANTED = 5

/**
 * Ticks at round numbers, about five of them; Chart.js alone may leave two, or divide the axis evenly instead. An axis
 * without decimals (`precision: 0`) has none between whole numbers.
 */
export function roundTicks(scale: Scale): void {
  const { min, max } = scale
  const power = 10 ** Math.floor(Math.log10((max - min) / WANTED))
  const { ticks } = scale.options as { ticks?: { precision?: number } }
  const least = ticks?.precision === 0 ? 1 : 0
  const far = (step: number) => Math.abs((max - min) / step - WANTED)
  const [step = power] = [1, 2, 5, 10]
    .map((digit) => Math.max(least, digit * power))
    .toSorted((a, b) => far(a) - far(b))
  const first = Math.ceil(min / step - 1e-9)
  const count = Math.floor(max / step + 1e-9) - first + 1
  // Beyond the digits of a double nothing is round any more.
  if (!(count >= 1 && count < 100) || !Number.isSafeInteger(first)) return
  scale.ticks = Array.from({ length: count }, (_, index) => ({
    value: Number(((first + index) * step).toPrecision(12)),
  }))
}

/**
 * A few ticks of a logarithmic axis, each with its label: powers of ten, or some of them where there are many
 * decades, or 1, 2 and 5 where there is hardly one.
 */
export function thinLogTicks(scale: Scale): void {
  const { min, max } = scale
  const ticks = scale.ticks.filter(({ value }) => value >= min * 0.999 && value <= max * 1.001)
  const decades = ticks.filter(({ value }) => isPower(value))
  if (decades.length >= 3) {
    const every = Math.ceil(decades.length / MAX_TICKS)
    scale.ticks = decades.filter((_tick, index) => index % every === 0)
    return
  }
  const some = ticks.filter(({ value }) => [1, 2, 5].includes(leading(value)))
  scale.ticks = few(some.length >= 2 ? some : ticks)
}

function few(ticks: Tick[]): Tick[] {
  const every = Math.ceil(ticks.length / MAX_TICKS)
  return ticks.filter((_tick, index) => index % every === 0)
}

function isPower(value: number): boolean {
  return leading(value) === 1
}

/** The first digit, or a fraction where there are more. */
function leading(value: number): number {
  return Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(6))
}
