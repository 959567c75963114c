import { DateTime, IANAZone } from 'luxon'
import { invalid } from '../../errors.ts'

/** When a report is due, on the clock of its zone. Days are ISO weekdays: Monday is 1. */
export interface When {
  days: number[]
  /** 'HH:MM' */
  time: string
  /** An IANA name: 'Europe/Berlin', 'UTC'. */
  zone: string
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const FULL = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const WEEKDAYS = [1, 2, 3, 4, 5]
/** A zone may skip a whole day (Samoa did); two weeks always hold the next slot of a weekly schedule. */
const HORIZON_DAYS = 15

/**
 * 'mon 09:00 Europe/Berlin', 'mon,thu 9:00', 'weekdays 18:30', 'daily 07:00'; the zone is UTC unless said.
 * @throws AppError invalid that names the word
 */
export function parseWhen(words: string): When {
  const [days, time, zone = 'UTC', extra] = words.trim().split(/\s+/)
  if (extra !== undefined) throw refuse(extra, 'nothing after the zone')
  return { days: parseDays(days ?? ''), time: parseTime(time ?? ''), zone: parseZone(zone) }
}

function parseDays(word: string): number[] {
  const text = word.toLowerCase()
  if (text === 'daily') return EVERY_DAY
  if (text === 'weekdays') return WEEKDAYS
  const days = text.split(',').map((day) => {
    const index = FULL.findIndex((full, at) => day === DAYS[at] || day === full.toLowerCase())
    if (index === -1) throw refuse(word, 'daily, weekdays, or days such as mon or mon,thu')
    return index + 1
  })
  return [...new Set(days)].toSorted((a, b) => a - b)
}

function parseTime(word: string): string {
  const match = /^(\d{1,2}):(\d{2})$/.exec(word)
  const [hour, minute] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || hour > 23 || minute > 59) throw refuse(word, 'a time such as 09:00')
  return `${String(hour).padStart(2, '0')}:${match[2]}`
}

function parseZone(word: string): string {
  if (!IANAZone.isValidZone(word)) throw refuse(word, 'a zone such as Europe/Berlin or UTC')
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: word }).resolvedOptions()
  // Written as usual, but never under an alias: who typed Asia/Kolkata reads Asia/Kolkata.
  return timeZone.toLowerCase() === word.toLowerCase() ? timeZone : word
}

function refuse(token: string, allowed: string) {
  const what = token === '' ? 'The time is missing' : `'${token}' is no time for a schedule`
  return invalid('when', `${what}: ${allowed} is expected.`, { token, allowed })
}

/** The first slot after `after`. A local time that is skipped fires once, as much later; a doubled one once, the first. */
export function nextSlot(when: When, after: Date): Date {
  const start = DateTime.fromJSDate(after, { zone: when.zone }).startOf('day').minus({ days: 1 })
  for (let day = 0; day <= HORIZON_DAYS; day++) {
    const slot = slotOn(when, start.plus({ days: day }))
    if (slot !== undefined && slot > after) return slot
  }
  throw new Error(`no slot within ${HORIZON_DAYS} days of ${after.toISOString()}`)
}

/** The newest slot in (lastSlot, now]; undefined when none has come. */
export function newestMissedSlot(when: When, lastSlot: Date, now: Date): Date | undefined {
  const start = DateTime.fromJSDate(now, { zone: when.zone }).startOf('day').plus({ days: 1 })
  for (let day = 0; day <= HORIZON_DAYS; day++) {
    const slot = slotOn(when, start.minus({ days: day }))
    if (slot !== undefined && slot <= now) return slot > lastSlot ? slot : undefined
  }
  return undefined
}

function slotOn({ days, time, zone }: When, day: DateTime): Date | undefined {
  const [hour, minute] = time.split(':').map(Number)
  const { year, month, day: date } = day
  const local = DateTime.fromObject(
    { year, month, day: date, hour: hour ?? 0, minute: minute ?? 0 },
    { zone },
  )
  if (!local.isValid || !days.includes(weekdayOf(year, month, date))) return undefined
  // In a doubled hour luxon picks one of the two; the first is the one to take.
  const earlier = local.minus({ hours: 1 })
  const first = earlier.hour === local.hour && earlier.minute === local.minute ? earlier : local
  return first.toJSDate()
}

function weekdayOf(year: number, month: number, day: number): number {
  return DateTime.utc(year, month, day).weekday
}

/** 'every Monday at 09:00 (Europe/Berlin)' */
export function describeSchedule({ days, time, zone }: When): string {
  return `${describeDays(days)} at ${time} (${zone})`
}

function describeDays(days: number[]): string {
  if (days.length === 7) return 'every day'
  if (days.join() === WEEKDAYS.join()) return 'every weekday'
  const names = days.map((day) => FULL[day - 1] ?? '')
  const last = names.pop()
  return `every ${names.length === 0 ? last : `${names.join(', ')} and ${last}`}`
}
