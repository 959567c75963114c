import { Duration } from 'luxon'
import type { Step } from '../../db/step.ts'
import { formatValue } from '../../messages/numbers.ts'

export { formatValue, formatValues } from '../../messages/numbers.ts'

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
