import type { ChartOptions } from 'chart.js'
import type { Chart } from '../messages/chart.ts'
import { FAINT_INK, font, GRID, INK, SIZES } from './look.ts'
import { axisName, captionLine, subtitleLine } from './names.ts'

/** Beyond this a scale overflows when it computes its range. */
const LARGEST = 1e300
const DIGITS = 6

/** What every chart has: captions at the left, no motion, room so that the last tick's text stays whole. */
export function commonOptions({ title, subtitle }: Chart, legend: boolean): ChartOptions {
  const caption = { align: 'start' as const, display: true }
  return {
    animation: false,
    responsive: false,
    events: [],
    layout: { padding: { top: 14, left: 14, bottom: 12, right: 28 } },
    plugins: {
      title: {
        ...caption,
        text: captionLine(title),
        color: INK,
        font: font(SIZES.title, 600),
        padding: { top: 0, bottom: subtitle === undefined ? 14 : 2 },
      },
      subtitle: {
        ...caption,
        display: subtitle !== undefined,
        text: subtitleLine(subtitle ?? ''),
        color: FAINT_INK,
        font: font(SIZES.subtitle),
        padding: { bottom: 14 },
      },
      legend: {
        display: legend,
        position: 'bottom',
        align: 'start',
        labels: { color: INK, font: font(SIZES.label), usePointStyle: true, boxHeight: 7, padding: 12 },
      },
      tooltip: { enabled: false },
    },
  }
}

type Scale = Record<string, unknown>

/** An axis of numbers with a handful of ticks that tell neighbours apart. */
export function numberScale(label: string, values: number[], more: Scale = {}): Scale {
  const { ticks, ...rest } = more
  return {
    type: 'linear',
    title: {
      display: label !== '',
      text: axisName(label),
      color: FAINT_INK,
      font: font(SIZES.label),
      padding: 2,
    },
    grid: { color: GRID, drawTicks: false },
    border: { display: false },
    ...rest,
    ticks: {
      color: FAINT_INK,
      font: font(SIZES.tick),
      padding: 7,
      maxTicksLimit: 6,
      maxRotation: 0,
      autoSkipPadding: 20,
      includeBounds: false,
      format: tickFormat(values),
      ...(ticks as object),
    },
  }
}

/** Where an axis of values begins and ends: a little beyond them, so that nothing touches the edge. */
export function boundsOf(values: number[], below = 0.05, above = below): Record<string, number> {
  const [low, high] = rangeOf(values) ?? [0, 1]
  // All equal, or as good as that: the scale's own choice is better.
  if (high - low <= Math.max(Math.abs(low), Math.abs(high)) * 1e-12) return {}
  return { min: low - (high - low) * below, max: high + (high - low) * above }
}

/** Whether a line ends no lower than it began: what is written beside it stands above it then, else below. */
export function rises({ y }: { y: (number | null)[] }): boolean {
  const values = y.filter((value) => value !== null)
  return (values.at(-1) ?? 0) >= (values[0] ?? 0)
}

/** Short numbers (12K), with as many digits as the range needs. */
function tickFormat(values: number[]): Intl.NumberFormatOptions {
  const [low, high] = rangeOf(values) ?? [0, 1]
  const size = Math.max(Math.abs(low), Math.abs(high))
  const step = (high - low || size || 1) / DIGITS
  const digits = Math.ceil(Math.log10(size / step || 1)) + 1
  const maximumSignificantDigits = Math.min(12, Math.max(3, Number.isFinite(digits) ? digits : 3))
  if (size >= 1e15 || (size < 1e-4 && size > 0))
    return { notation: 'scientific', maximumSignificantDigits: Math.min(4, maximumSignificantDigits) }
  return size >= 1e4
    ? { notation: 'compact', maximumSignificantDigits }
    : { maximumSignificantDigits, useGrouping: true }
}

export function rangeOf(values: Iterable<number | null>): [low: number, high: number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value === null) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return low <= high ? [low, high] : undefined
}

/** What can be drawn: the others leave a gap. */
export function drawable(value: number | null, log: boolean): number | null {
  if (value === null || !Number.isFinite(value) || Math.abs(value) > LARGEST) return null
  return log && value <= 0 ? null : value
}
