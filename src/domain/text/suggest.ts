import { distance } from 'fastest-levenshtein'

const MAX_SUGGESTIONS = 3

/** The names nearest to what was typed, best first: same letters, then a common beginning, then few changes apart. */
export function nearest(typed: string, names: Iterable<string>, most = MAX_SUGGESTIONS): string[] {
  const wanted = typed.toLowerCase()
  const scored = [...names].map((name) => ({ name, score: score(wanted, name.toLowerCase()) }))
  return scored
    .filter(({ score }) => score <= Math.max(2, wanted.length / 2))
    .toSorted((a, b) => a.score - b.score || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ name }) => name)
}

function score(wanted: string, name: string): number {
  if (wanted === name) return 0
  if (wanted.length > 1 && (name.startsWith(wanted) || wanted.startsWith(name))) return 0.5
  const parts = name.split(/[/_.\- ]/)
  const byPart = Math.min(...parts.map((part) => distance(wanted, part) + 0.75))
  return Math.min(distance(wanted, name), byPart)
}

/** ' Did you mean accuracy?' or nothing. */
export function didYouMean(suggestions: string[]): string {
  return suggestions.length === 0 ? '' : ` Did you mean ${suggestions.join(' or ')}?`
}
