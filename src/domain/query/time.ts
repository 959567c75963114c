import { DateTime } from 'luxon'

const SPANS: Record<string, string> = {
  s: 'seconds',
  m: 'minutes',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  w: 'weeks',
  mo: 'months',
  y: 'years',
}
const FARTHEST_YEARS = 100

const DAY = /^(?:today|yesterday|\d{4}-\d{2}-\d{2})$/i

/**
 * '7d' back from now, 'today', 'yesterday', a day or an ISO time, all in UTC; undefined for anything else. A day is
 * its first moment, or its last one for what reaches `toEnd`.
 */
export function parseTime(text: string, now: Date, toEnd = false): Date | undefined {
  const time = firstMoment(text, now)
  if (time === undefined || !toEnd || !DAY.test(text)) return time
  return DateTime.fromJSDate(time, { zone: 'utc' }).endOf('day').toJSDate()
}

function firstMoment(text: string, now: Date): Date | undefined {
  const today = DateTime.fromJSDate(now, { zone: 'utc' })
  if (text.toLowerCase() === 'today') return today.startOf('day').toJSDate()
  if (text.toLowerCase() === 'yesterday') return today.startOf('day').minus({ days: 1 }).toJSDate()
  const span = /^(\d{1,6})(s|m|min|h|d|w|mo|y)$/i.exec(text)
  const then =
    span === null
      ? DateTime.fromISO(text, { zone: 'utc' })
      : today.minus({ [SPANS[span[2]?.toLowerCase() ?? ''] ?? 'days']: Number(span[1]) })
  const looksLikeDate = span !== null || /^\d{4}-\d{2}/.test(text)
  const near = Math.abs(then.year - today.year) <= FARTHEST_YEARS
  return then.isValid && looksLikeDate && near ? then.toUTC().toJSDate() : undefined
}
