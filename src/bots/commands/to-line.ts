import { quoteWord } from '../../domain/query/format.ts'
import { parseRuns } from './parse-line.ts'
import type { Command, CommandOption } from './command.ts'

/** The line that somebody would have typed, from a platform's typed options. */
export function toLine(command: Command, values: Record<string, string>): string {
  const parts = command.options.flatMap((option) => {
    const value = values[option.name]?.trim()
    return value === undefined || value === '' ? [] : [partOf(option, value)]
  })
  return [command.name, ...parts].join(' ')
}

function partOf({ as, name }: CommandOption, value: string): string {
  if (as === 'raw') return name === 'where' ? value.replace(/^where\s+/i, '') : value
  if (as === 'word') return quoteWord(value)
  if (as === 'runs') return namesSeveral(value) ? value : quoteWord(value)
  if ('keyword' in as) return `${as.keyword} ${quoteWord(value)}`
  return `${as.prefix}${quoteWord(value)}`
}

/** 'churn#1 churn#2' and '"my project#1" #2' are several; 'my project#1', as completion gives it, is one. */
function namesSeveral(value: string): boolean {
  const { runs, text } = parseRuns(value)
  return runs.length > 1 && text === ''
}
