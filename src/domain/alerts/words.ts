import { invalid } from '../../errors.ts'
import { listed } from '../text/listed.ts'
import { nearest } from '../text/suggest.ts'
import { RULES } from './rules/index.ts'

/** The names of the rules, with which channels watch and mute them. */
export function watchable(): string[] {
  return RULES.map(({ name }) => name)
}

/** What a channel watches by default. */
export function watchedByDefault(): string[] {
  return RULES.flatMap(({ name, byDefault }) => (byDefault ? [name] : []))
}

/** Parses `best,failed`; empty text means the default rules. @throws AppError invalid that names the word */
export function parseEvents(text: string): string[] {
  const words = text
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((word) => word !== '')
  const allowed = watchable()
  for (const word of words) {
    if (allowed.includes(word)) continue
    throw invalid('events', `'${word}' cannot be watched; ${allowed.join(', ')} can.`, {
      token: word,
      suggestions: nearest(word, allowed),
      allowed: allowed.join(', '),
    })
  }
  return words.length === 0 ? watchedByDefault() : [...new Set(words)]
}

/** 'new bests and failed, lost and killed runs': the events that these rules post about. */
export function eventWords(events: string[]): string {
  const rules = RULES.filter(({ name }) => events.includes(name))
  const nouns = Map.groupBy(rules, ({ name, words }) => words.of ?? name)
  return listed(
    [...nouns.values()].map((same) => {
      const of = same[0]?.words.of
      const names = listed(same.flatMap(({ words }) => words.events))
      return of === undefined ? names : `${names} ${of}`
    }),
  )
}

/** 'new bests and failures': the default rules of `watch`, for its help. */
export function defaultWords(): string {
  return listed(RULES.filter(({ byDefault }) => byDefault).map(({ words }) => words.help))
}
