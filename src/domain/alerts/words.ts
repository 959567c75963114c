import { invalid } from '../../errors.ts'
import { listed } from '../text/listed.ts'
import { nearest } from '../text/suggest.ts'
import { RULES } from './rules/index.ts'

/** The words that a channel watches and mutes rules by. */
export function watchable(): string[] {
  return RULES.map(({ name }) => name)
}

/** What a channel watches by default. */
export function watchedByDefault(): string[] {
  return RULES.flatMap(({ name, byDefault }) => (byDefault ? [name] : []))
}

/** `best,failed` as a list; the default when nothing is said. @throws AppError invalid that names the word */
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

/** 'new bests and failed, lost and killed runs': what a channel that watches these rules hears of. */
export function eventWords(events: string[]): string {
  const rules = RULES.filter(({ name }) => events.includes(name))
  const nouns = Map.groupBy(rules, ({ name, words }) => words.of ?? name)
  return listed(
    [...nouns.values()].map((same) => {
      const of = same[0]?.words.of
      const heard = listed(same.flatMap(({ words }) => words.heard))
      return of === undefined ? heard : `${heard} ${of}`
    }),
  )
}

/** 'new bests and failures': what `watch` posts by default, for its help. */
export function defaultWords(): string {
  return listed(RULES.filter(({ byDefault }) => byDefault).map(({ words }) => words.help))
}
