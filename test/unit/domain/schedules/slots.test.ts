import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import {
  describeSchedule,
  newestMissedSlot,
  nextSlot,
  parseWhen,
} from '../../../../src/domain/schedules/slots.ts'
import { AppError } from '../../../../src/errors.ts'
import { fuzzRuns } from '../../../support/fuzz.ts'

const next = (words: string, after: string) => nextSlot(parseWhen(words), new Date(after)).toISOString()

function slots(words: string, after: string, count: number): string[] {
  const found = [new Date(after)]
  for (let n = 0; n < count; n++) found.push(nextSlot(parseWhen(words), found.at(-1) ?? new Date(after)))
  return found.slice(1).map((slot) => slot.toISOString().slice(0, 16))
}

describe('what people type', () => {
  it.each([
    ['mon 09:00 Europe/Berlin', [1], '09:00', 'Europe/Berlin'],
    ['mon 9:00 europe/berlin', [1], '09:00', 'Europe/Berlin'],
    ['daily 9:00', [1, 2, 3, 4, 5, 6, 7], '09:00', 'UTC'],
    ['weekdays 18:30', [1, 2, 3, 4, 5], '18:30', 'UTC'],
    ['mon,thu 09:00', [1, 4], '09:00', 'UTC'],
    ['THU,Monday,mon 23:59 utc', [1, 4], '23:59', 'UTC'],
    ['  sun   0:00 ', [7], '00:00', 'UTC'],
  ])('%s', (words, days, time, zone) => expect(parseWhen(words)).toEqual({ days, time, zone }))

  it.each([
    ['foo 09:00', 'foo'],
    ['mon,,tue 09:00', 'mon,,tue'],
    ['mon 24:00', '24:00'],
    ['mon 09:60', '09:60'],
    ['mon 9', '9'],
    ['mon 9am', '9am'],
    ['mon', ''],
    ['', ''],
    ['09:00', '09:00'],
    ['mon 09:00 Mars/Olympus', 'Mars/Olympus'],
    ['mon 09:00 UTC extra', 'extra'],
  ])('names the word of %s', (words, token) => {
    expect(() => parseWhen(words)).toThrow(AppError)
    expect(() => parseWhen(words)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ token }) }),
    )
  })

  it('throws nothing else, whatever the words', () => {
    const word = fc.oneof(
      fc.constantFrom('mon', 'daily', '09:00', 'UTC', 'Europe/Berlin', ',', ':'),
      fc.string(),
    )
    const refused = fc.property(fc.array(word, { maxLength: 4 }), (words) => {
      try {
        parseWhen(words.join(' '))
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
    })
    fc.assert(refused)
  })

  it('reads back', () => {
    const read = (words: string) => describeSchedule(parseWhen(words))
    expect(read('mon 09:00 Europe/Berlin')).toBe('every Monday at 09:00 (Europe/Berlin)')
    expect(read('thu,mon,fri 9:00')).toBe('every Monday, Thursday and Friday at 09:00 (UTC)')
    expect(read('weekdays 18:30')).toBe('every weekday at 18:30 (UTC)')
    expect(read('daily 18:30')).toBe('every day at 18:30 (UTC)')
  })
})

describe('slots', () => {
  it('follow the clock of their zone', () => {
    expect(next('mon 09:00 Europe/Berlin', '2026-01-06T00:00:00Z')).toBe('2026-01-12T08:00:00.000Z')
    expect(next('mon 09:00 Europe/Berlin', '2026-07-07T00:00:00Z')).toBe('2026-07-13T07:00:00.000Z')
  })

  it('come strictly after', () => {
    expect(next('daily 09:00', '2026-11-24T09:00:00Z')).toBe('2026-11-25T09:00:00.000Z')
    expect(next('daily 09:00', '2026-11-24T08:59:59.999Z')).toBe('2026-11-24T09:00:00.000Z')
  })

  it('fire once where the local time is skipped, as much later', () => {
    expect(slots('daily 02:30 Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ])
    expect(slots('sun 00:15 America/Santiago', '2026-09-01T00:00:00Z', 2)).toEqual([
      '2026-09-06T04:15',
      '2026-09-13T03:15',
    ])
  })

  it('fire once where the local time is doubled, the first time', () => {
    expect(slots('daily 02:30 Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(next('daily 02:30 Europe/Berlin', '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z')
    // Lord Howe turns its clocks by half an hour.
    expect(slots('daily 01:45 Australia/Lord_Howe', '2026-04-04T00:00:00Z', 2)).toEqual([
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ])
  })

  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/Santiago',
    'America/Havana',
    'Africa/Cairo',
  ]
  const zone = fc.constantFrom(
    ...zones,
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Africa/Casablanca',
  )
  const time = fc
    .tuple(fc.nat(23), fc.nat(59))
    .map(([hour, minute]) => `${hour}:${String(minute).padStart(2, '0')}`)
  const from = fc.date({ min: new Date('2020-01-01'), max: new Date('2036-01-01'), noInvalidDate: true })

  it('come once on every local day, in order, and are found again as missed', () => {
    const daily = fc.property(
      zone,
      fc.oneof(time, fc.constantFrom('0:00', '1:45', '2:30')),
      from,
      (where, clock, start) => {
        const when = parseWhen(`daily ${clock} ${where}`)
        let slot = nextSlot(when, start)
        for (let day = 0; day < 20; day++) {
          const following = nextSlot(when, slot)
          const [today, tomorrow] = [slot, following].map((one) =>
            DateTime.fromJSDate(one, { zone: where }).startOf('day'),
          )
          expect(Math.round(tomorrow?.diff(today ?? DateTime.now(), 'days').days ?? 0)).toBe(1)
          expect(newestMissedSlot(when, slot, following)).toEqual(following)
          expect(newestMissedSlot(when, slot, new Date(following.getTime() - 1))).toBeUndefined()
          slot = following
        }
      },
    )
    fc.assert(daily, fuzzRuns(60))
  })
})

describe('after downtime', () => {
  const when = parseWhen('daily 09:00')
  const missed = (last: string, now: string) =>
    newestMissedSlot(when, new Date(last), new Date(now))?.toISOString()

  it('only the newest slot counts', () => {
    expect(missed('2026-11-20T09:00:00Z', '2026-11-24T10:00:00Z')).toBe('2026-11-24T09:00:00.000Z')
    expect(missed('2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z')).toBeUndefined()
    expect(missed('2020-01-01T09:00:00Z', '2026-11-24T08:59:00Z')).toBe('2026-11-23T09:00:00.000Z')
  })
})
