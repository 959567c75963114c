import { type Better, curvesFinding } from '../../charts/alt-text.ts'
import type { Ctx } from '../../context.ts'
import { cut, picture } from '../../messages/build.ts'
import type { LineChart, LineSeries } from '../../messages/chart.ts'
import type { ChartBlock } from '../../messages/model.ts'
import { formatValue } from '../../messages/numbers.ts'
import { readHistory } from '../runs/read/history.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../runs/types.ts'
import { roundedFor } from './rounded.ts'
import { betterWords } from '../values/better.ts'

/** A message is stored with its charts: these many points are still a few kilobytes. */
const POINTS = 1_000
const MAX_CURVE_POINTS = 400
/** More curves than that are a tangle, and there are no more dashes. */
export const CURVES = 5

export interface CurvesInput {
  metric: string
  /** At most five; those without points are left out. */
  runs: { key: RunKey; run: RunView }[]
  log?: boolean
  title?: string
}

/** A metric's curves over steps; undefined when no run has more than one point of it. */
export async function curvesPicture(
  ctx: Ctx,
  { metric, runs, log = false, title }: CurvesInput,
): Promise<ChartBlock | undefined> {
  const drawn = runs.filter(({ run }) => (run.metrics[metric]?.points ?? 0) > 0).slice(0, CURVES)
  if (!drawn.some(({ run }) => (run.metrics[metric]?.points ?? 0) > 1)) return undefined
  const max = Math.min(MAX_CURVE_POINTS, Math.floor(POINTS / drawn.length))
  const series: LineSeries[] = []
  for (const { key, run } of drawn)
    series.push(await readSeries(ctx, key, run, metric, max, drawn.length > 1))
  const views = drawn.flatMap(({ run }) => run.metrics[metric] ?? [])
  const better: Better = views[0]?.direction ?? null
  // A logarithm of nothing but zeros and losses below zero shows nothing.
  const shownLog = log && series.some(({ y }) => y.some((value) => value !== null && value > 0))
  const chart: LineChart = {
    kind: 'line',
    title: title ?? titleOf(metric, drawn),
    ...subtitleOf(better, log && !shownLog),
    xLabel: 'step',
    yLabel: unitLabel(metric, views[0]?.unit ?? null),
    log: shownLog,
    series,
  }
  const notFinite = views.reduce((total, { nans, infinities }) => total + nans + infinities, 0)
  const alt = curvesFinding(chart, better, { notFinite })
  return picture({ ...chart, series: roundedFor(series, shownLog) }, alt)
}

async function readSeries(
  ctx: Ctx,
  key: RunKey,
  run: RunView,
  metric: string,
  max: number,
  several: boolean,
): Promise<LineSeries> {
  const { points } = await readHistory(ctx, key, metric, { max })
  const y = points.map(({ value }) => (typeof value === 'number' ? value : null))
  const last = y.findLast((value) => value !== null)
  return {
    name: cut(run.name === null ? run.ref : `${run.ref} ${run.name}`, 60),
    // One curve needs no name at its end: what it came to says more.
    label: several || last == null ? cut(run.ref, 40) : formatValue(last),
    style: 'line',
    x: points.map(({ step }) => Number(step)),
    y,
  }
}

function titleOf(metric: string, runs: CurvesInput['runs']): string {
  const [first, ...others] = runs
  return others.length === 0 ? `${cut(metric, 60)} of ${cut(first?.run.ref ?? '', 60)}` : cut(metric, 80)
}

function subtitleOf(better: Better, noLog: boolean): { subtitle?: string } {
  const parts = [
    ...(better === null ? [] : [betterWords(better)]),
    ...(noLog ? ['no value above zero: not logarithmic'] : []),
  ]
  return parts.length === 0 ? {} : { subtitle: parts.join(', ') }
}

export function unitLabel(metric: string, unit: string | null): string {
  return unit === null ? cut(metric, 80) : `${cut(metric, 60)} in ${cut(unit, 20)}`
}
