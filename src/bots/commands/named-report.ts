import { findReport, REPORTS } from '../../domain/reports/index.ts'
import type { Report } from '../../domain/reports/report.ts'
import { listed } from '../../domain/text/listed.ts'
import { nearest } from '../../domain/text/suggest.ts'
import { invalid } from '../../errors.ts'
import type { CommandOption } from './command.ts'

export const REPORT_NAMES = REPORTS.map(({ name }) => name)

/** The option that names a report; `none` says what is done without it. */
export function reportOption(none?: string): CommandOption {
  return {
    name: 'what',
    description: none === undefined ? 'Which report' : `Which report; none: ${none}`,
    kind: 'choice',
    choices: REPORT_NAMES,
    as: 'word',
  }
}

/** @throws AppError invalid that names the reports that there are */
export function namedReport(word: string): Report {
  const report = findReport(word)
  if (report !== undefined) return report
  const are = REPORT_NAMES.length === 1 ? 'is one' : 'are'
  throw invalid('what', `There is no report called '${word}'; ${listed(REPORT_NAMES)} ${are}.`, {
    token: word,
    suggestions: REPORT_NAMES.length === 1 ? REPORT_NAMES : nearest(word, REPORT_NAMES),
  })
}
