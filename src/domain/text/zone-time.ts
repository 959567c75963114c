import { DateTime } from 'luxon'

/** 'Mon 24 Nov 2026, 09:00 (Europe/Berlin)': a time in its zone, the zone said aloud. */
export function formatInZone(date: Date, zone: string): string {
  return `${DateTime.fromJSDate(date, { zone }).setLocale('en-GB').toFormat('ccc d LLL yyyy, HH:mm')} (${zone})`
}
