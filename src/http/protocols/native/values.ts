import { MAX_STEP, MIN_STEP, type Step, toStep } from '../../../db/step.ts'
import { invalid } from '../../../errors.ts'

/** A number that its schema has let pass: null is NaN, and the words are what Number makes of them. */
export function metricValue(value: unknown): number {
  return value === null ? Number.NaN : Number(value)
}

/**
 * @param nameField names the field for an error: not made for each of a thousand good values
 * @throws AppError invalid when it is beyond 64 bits
 */
export function readStep(nameField: () => string, value: unknown): Step {
  if (Number.isSafeInteger(value)) return value as number
  const step = BigInt(value as number | bigint)
  if (step >= MIN_STEP && step <= MAX_STEP) return toStep(step)
  const field = nameField()
  throw invalid(field, `${field} is beyond 64 bits.`, { value, allowed: `${MIN_STEP} to ${MAX_STEP}` })
}

const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)$/
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Milliseconds since 1970 of a time sent as ISO 8601 or as such milliseconds. @throws AppError invalid */
export function readTime(nameField: () => string, value: unknown): number {
  const time = typeof value === 'string' ? (ISO.test(value) ? Date.parse(value) : Number.NaN) : Number(value)
  if (isEpochMs(time)) return time
  const field = nameField()
  throw invalid(field, `${field} is not a time between 1970 and 9999.`, {
    value,
    allowed: 'ISO 8601 with a zone, as 2026-11-24T09:30:00Z',
  })
}

/** Milliseconds since 1970, before the year 10000. */
export function isEpochMs(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_MS
}
