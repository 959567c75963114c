import { Duration } from 'luxon'
import type { Step } from '../../db/step.ts'

const DIGITS = 4
const MOST_DIGITS = 17

/** A metric's value for people: four significant digits, more where that is all of it, NaN and infinities in words. */
export function formatValue(value: number | null): string {
  return formatValues([value])[0] ?? ''
}

/** Several values side by side, with as many digits as it takes to tell different ones apart. */
export function formatValues(values: (number | null)[]): string[] {
  const distinct = new Set(values.filter((value) => value !== null && Number.isFinite(value)))
  for (let digits = DIGITS; digits < MOST_DIGITS; digits++) {
    const texts = values.map((value) => withDigits(value, digits))
    const shown = new Set(texts.filter((_text, index) => Number.isFinite(values[index])))
    if (shown.size >= distinct.size) return texts
  }
  return values.map((value) => withDigits(value, MOST_DIGITS))
}

function withDigits(value: number | null, digits: number): string {
  if (value === null || Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return 'infinity'
  if (value === Number.NEGATIVE_INFINITY) return '-infinity'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString('en-US')
  if (size >= 1e15 || size < 1e-4) return tidyExponent(value.toExponential(Math.min(digits, 16) - 1))
  const whole = Math.max(1, Math.floor(Math.log10(size)) + 1)
  const rounded = Number(value.toPrecision(Math.min(16, Math.max(digits, whole))))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 20 })
}

function tidyExponent(text: string): string {
  return text.replace(/\.?0+e/, 'e').replace('e+', 'e')
}

/** '+0.012 (+1.3 %)'; without the percentage where the base is zero or the sign makes it nonsense. */
export function formatDelta(before: number, after: number): string {
  const delta = after - before
  if (Number.isNaN(delta)) return 'NaN'
  const sign = delta > 0 ? '+' : delta < 0 ? '-' : '±'
  const text = `${sign}${formatValue(Number(Math.abs(delta).toPrecision(3)))}`
  if (before === 0 || !Number.isFinite(delta)) return text
  const percent = (delta / Math.abs(before)) * 100
  if (!Number.isFinite(percent)) return text
  const rounded = Math.abs(percent) >= 10 ? percent.toFixed(0) : percent.toPrecision(2)
  return `${text}, ${sign}${formatValue(Math.abs(Number(rounded)))} %`
}

/** Whole numbers with separators: steps, counts. */
export function formatSteps(step: Step | string): string {
  return BigInt(step).toLocaleString('en-US')
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** '2 d 4 h', '35 s': the two largest units; a negative span (clocks differ) or an unknown one is none. */
export function formatDuration(ms: number): string {
  let rest = Number.isFinite(ms) ? Math.max(0, Math.round(Duration.fromMillis(ms).as('seconds'))) : 0
  const parts: string[] = []
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    if (count > 0) parts.push(`${count} ${unit}`)
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.join(' ') || '0 s'
}

/** '3 h 5 min ago', 'just now'. */
export function formatAge(then: Date, now: Date): string {
  const ms = now.getTime() - then.getTime()
  return ms < 10_000 ? 'just now' : `${formatDuration(ms)} ago`
}

const LONG_NUMBER = 10

/** A param's text as it is, but a number with a long tail of digits is rounded: 0.03333333333333333 is 0.0333333. */
export function shortNumber(text: string): string {
  if (text.length <= LONG_NUMBER || !/^-?\d+\.\d+(e-?\d+)?$/i.test(text)) return text
  return String(Number(Number(text).toPrecision(6)))
}
