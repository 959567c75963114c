import { leaderboard } from './leaderboard.ts'
import type { Report } from './report.ts'

/** Every report. Schedules, the preview, the choices on Discord, help and the docs table follow from this list. */
export const REPORTS: [Report, ...Report[]] = [leaderboard]

/** A report by its name, in any case; undefined for one that this release does not have. */
export function findReport(name: string): Report | undefined {
  return REPORTS.find((report) => report.name === name.toLowerCase())
}
