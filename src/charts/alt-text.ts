import type { BarChart, LineChart, LineSeries, ScatterChart } from '../messages/chart.ts'
import { formatValue, formatValues } from '../messages/numbers.ts'
import { cut } from '../messages/build.ts'
import { cleanLine } from '../messages/clean.ts'

/** Which way is better; null while the metric has no direction. */
export type Better = 'max' | 'min' | null

/** What a reader must know of the values that a picture cannot show. */
export interface Unseen {
  /** NaN or infinite: gaps. */
  notFinite: number
}

const NAMED = 5

/** What curves show: where each stands at its best, who leads, and what is missing. */
export function curvesFinding(chart: LineChart, better: Better, { notFinite }: Unseen): string {
  const ends = chart.series.map((one) => endsOf(one, better, chart.series.length === 1))
  const known = ends.filter((one) => one !== undefined)
  const parts = [known.length === 1 ? oneCurve(chart, known, better) : manyCurves(chart, known, better)]
  const empty = ends.length - known.length
  if (empty > 0 && known.length > 0) parts.push(`${counted(empty, 'run')} without a finite value.`)
  if (notFinite > 0) parts.push(`${counted(notFinite, 'value')} NaN or infinite: gaps in the line.`)
  const hidden = chart.log ? chart.series.flatMap(({ y }) => y).filter((y) => y !== null && y <= 0).length : 0
  if (hidden > 0) parts.push('Values at or below zero have no place on the logarithmic axis.')
  return parts.join(' ')
}

interface Ends {
  name: string
  first: { x: number; y: number }
  last: { x: number; y: number }
  best: { x: number; y: number }
}

function endsOf({ name, label, x, y }: LineSeries, better: Better, alone: boolean): Ends | undefined {
  const points = y.flatMap((value, at) => (value === null ? [] : [{ x: x[at] ?? 0, y: value }]))
  const [first] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined) return undefined
  const best =
    better === null ? last : points.reduce((a, b) => ((better === 'max' ? b.y > a.y : b.y < a.y) ? b : a))
  return { name: short(alone ? name : (label ?? name)), first, last, best }
}

function oneCurve({ yLabel, xLabel }: LineChart, [only]: Ends[], better: Better): string {
  if (only === undefined) return `${short(yLabel)}: no finite value.`
  const { name, first, last, best } = only
  const [from, to, top] = formatValues([first.y, last.y, best.y])
  if (first.x === last.x) return `${short(yLabel)} of ${name}: ${to} at ${xLabel} ${formatValue(last.x)}.`
  const extreme = better === null ? '' : `, ${word(better)} ${top} at ${xLabel} ${formatValue(best.x)}`
  return `${short(yLabel)} of ${name} goes from ${from} to ${to} between ${xLabel} ${formatValue(first.x)} and ${formatValue(last.x)}${extreme}.`
}

function manyCurves({ yLabel }: LineChart, ends: Ends[], better: Better): string {
  if (ends.length === 0) return `${short(yLabel)}: no finite value.`
  if (better === null) {
    const values = formatValues(ends.map(({ last }) => last.y))
    return `${short(yLabel)} ends at ${ends.map(({ name }, at) => `${values[at]} (${name})`).join(', ')}.`
  }
  const sorted = ends.toSorted((a, b) => (better === 'max' ? b.best.y - a.best.y : a.best.y - b.best.y))
  const values = formatValues(sorted.map(({ best }) => best.y))
  const [leader, ...others] = sorted.map(({ name }, at) => `${name} with ${values[at]}`)
  return `${capital(word(better))} ${short(yLabel)}: ${leader} leads, then ${others.join(', ')}.`
}

function word(better: 'max' | 'min'): string {
  return better === 'max' ? 'highest' : 'lowest'
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** How a record came to be what it is. */
export function recordFinding({ yLabel, series }: LineChart): string {
  const steps = series.find(({ style }) => style === 'steps')
  const values = (steps?.y ?? []).filter((y) => y !== null)
  const [first, last] = formatValues([values[0] ?? null, values.at(-1) ?? null])
  const records = new Set(values).size
  const mark = steps?.mark === undefined ? '' : `; marked: ${short(steps.mark.label)}`
  if (records <= 1) return `The best ${short(yLabel)} so far is ${last}${mark}.`
  return `The best ${short(yLabel)} so far went from ${first} to ${last} in ${records} records${mark}.`
}

/** Who leads a board and by how much. */
export function boardFinding({ xLabel, bars, from }: BarChart): string {
  const ranked = bars.filter(({ value }) => value !== null)
  const [leader] = ranked
  const last = ranked.at(-1)
  if (leader === undefined || last === undefined) return `${short(xLabel)}: no run has a finite value.`
  const lead = `${short(leader.name)} leads ${counted(bars.length, 'run')} by ${short(xLabel)} with ${leader.text}`
  const parts = [ranked.length === 1 ? `${lead}.` : `${lead}; the last of them has ${last.text}.`]
  if (ranked.length < bars.length) parts.push(`${counted(bars.length - ranked.length, 'run')} diverged.`)
  if (from !== 0) parts.push(`The bars begin at ${formatValue(from)}, not at zero.`)
  return parts.join(' ')
}

/** Which runs no other run beats in both metrics. */
export function frontFinding({ xLabel, yLabel, front }: ScatterChart, runs: number): string {
  if (front.length === 0)
    return `No finished run has finite values of both ${short(yLabel)} and ${short(xLabel)}.`
  const [xs, ys] = [formatValues(front.map(({ x }) => x)), formatValues(front.map(({ y }) => y))]
  const named = front.slice(0, NAMED).map(({ label }, at) => `${short(label)} (${ys[at]} at ${xs[at]})`)
  const more = front.length > NAMED ? `, ... ${front.length - NAMED} more` : ''
  return `${front.length} of ${counted(runs, 'finished run')} ${front.length === 1 ? 'is' : 'are'} beaten by no other in both ${short(yLabel)} and ${short(xLabel)}: ${named.join(', ')}${more}.`
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

function short(text: string): string {
  return cut(cleanLine(text), 60)
}
