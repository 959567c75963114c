import { formatValue, formatValues } from '../../text/format.ts'
import type { Comparison } from './compare-runs.ts'
import type { MetricDifference } from './metric-differences.ts'
import type { RunView } from '../types.ts'
import { bestValue } from '../../values/better.ts'

const NAMED = 3

type Compared = Pick<Comparison, 'runs' | 'metrics' | 'comparable'>

/**
 * Which run wins on what, in a sentence or two: 'churn#2 wins on accuracy (0.941 against 0.931), churn#1 on latency.'
 * Better is better by each metric's direction; where a metric has none, the words say so.
 */
export function verdictWords(compared: Compared): string {
  const { runs, metrics, comparable } = compared
  if (metrics.length === 0) {
    const any = runs.some((run) => Object.keys(run.metrics).length > 0)
    return any ? 'No metric differs.' : 'They logged no metric.'
  }
  const decided = metrics.filter(({ best }) => best.length > 0)
  const sentences = [wins(compared, decided), ...ties(compared, decided), ...open(metrics)]
  const told = sentences.filter((sentence) => sentence !== '')
  if (told.length === 0) return 'They share no metric that differs.'
  return comparable ? told.join(' ') : `By the numbers alone: ${told.join(' ')}`
}

function wins({ runs }: Compared, decided: MetricDifference[]): string {
  const single = decided.filter(({ best }) => best.length === 1)
  const byRun = runs.flatMap(({ ref }, index) => {
    const won = single.filter(({ best }) => best[0] === index)
    return won.length === 0 ? [] : [{ ref, won }]
  })
  if (byRun.length === 0) return ''
  const [first] = byRun
  if (byRun.length === 1 && first !== undefined && single.length === decided.length && single.length > 1)
    return `${first.ref} wins on ${single.length === 2 ? 'both' : `all ${single.length}`} metrics that can be compared: ${listed(first.won)}.`
  const place = ({ won: [metric] }: (typeof byRun)[number]) =>
    metric === undefined ? 0 : single.indexOf(metric)
  const most = byRun.toSorted((a, b) => b.won.length - a.won.length || place(a) - place(b))
  return `${most.map(({ ref, won }, index) => `${ref} ${index === 0 ? 'wins ' : ''}on ${listed(won)}`).join(', ')}.`
}

/** 'accuracy (0.941 against 0.931), f1 and 2 more'; the first one with its values. */
function listed(won: MetricDifference[]): string {
  const names = won.slice(0, NAMED).map((metric, index) => (index === 0 ? withValues(metric) : metric.name))
  const more = won.length - names.length
  if (more > 0) names.push(`${more} more`)
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}

function withValues({ name, values, best, unit, direction }: MetricDifference): string {
  const own = values[best[0] ?? 0] ?? null
  const others = values.filter((value, index) => value !== null && !best.includes(index)) as number[]
  if (others.length === 0) return `${name} (${formatValue(own)}, the other diverged)`
  const next = bestValue(others, direction ?? 'min')
  const [value, against] = formatValues([own, next])
  return `${name} (${value}${unit === null ? '' : ` ${unit}`} against ${against})`
}

function ties({ runs }: Compared, decided: MetricDifference[]): string[] {
  const tied = decided.filter(({ best }) => best.length > 1)
  return tied.slice(0, 1).map(({ name, best }) => {
    const refs = best.map((index) => runs[index]?.ref ?? '')
    const more = tied.length > 1 ? ` (and ${tied.length - 1} more metrics are tied)` : ''
    return `On ${name} ${refs.slice(0, -1).join(', ')} and ${refs.at(-1)} are level${more}.`
  })
}

/** Metrics that cannot be judged yet. */
function open(metrics: MetricDifference[]): string[] {
  const names = metrics
    .filter(({ direction, values }) => direction === null && values.filter((one) => one !== null).length > 1)
    .map(({ name }) => name)
  if (names.length === 0) return []
  const shown = names.length > NAMED ? [...names.slice(0, NAMED), `${names.length - NAMED} more`] : names
  return [`No direction is set for ${shown.join(', ')}.`]
}

/** What the inputs have in common, where that is worth a sentence; null where they simply differ. */
export function inputWords(runs: RunView[]): string | null {
  const same = (read: (run: RunView) => string | null) => {
    const told = new Set(runs.map(read))
    return told.size === 1 && !told.has(null)
  }
  if (same(({ fingerprint }) => fingerprint)) return 'Their inputs are the same, as far as they were told.'
  return same(({ seed_group }) => seed_group) ? SEED_ALONE : null
}

const SEED_ALONE = 'Their inputs differ by the seed alone: this is how much chance does.'
