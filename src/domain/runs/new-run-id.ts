import { randomInt } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

/** Room for a million ids within one millisecond before the 32-bit counter could wrap. */
const LARGEST_START = 2 ** 31

let last = { ms: 0, count: 0 }

/** A run's id: a UUIDv7 without dashes, 32 hex characters. Later ids of one process sort after earlier ones. */
export function newRunId(now: Date): string {
  const ms = now.getTime()
  last = ms === last.ms ? { ms, count: last.count + 1 } : { ms, count: randomInt(LARGEST_START) }
  return uuidv7({ msecs: ms, seq: last.count }).replaceAll('-', '')
}

/** The least id that a run has which is made at that time or later; ids know no time before 1970. */
export function firstRunId(from: Date): string {
  return Math.max(from.getTime(), 0).toString(16).padStart(12, '0').padEnd(32, '0')
}
