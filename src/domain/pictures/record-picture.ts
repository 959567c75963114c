import { recordFinding } from '../../charts/alt-text.ts'
import type { Ctx } from '../../context.ts'
import type { MetricRow } from '../../db/tables.ts'
import { cut, picture } from '../../messages/build.ts'
import type { LineChart, LineSeries } from '../../messages/chart.ts'
import type { ChartBlock } from '../../messages/model.ts'
import { type BestSoFar, bestSoFar } from '../records/best-so-far.ts'
import { formatValue } from '../text/format.ts'
import { unitLabel } from './curves-picture.ts'
import { roundedFor } from './rounded.ts'
import { betterWords, isBetter } from '../values/better.ts'

/** Records shown: the newest, when there were ever more. */
const RECORDS = 300

/** A run that is told apart: its number in its project, and what is written beside it. */
export interface RecordMark {
  number: number
  label: string
}

/**
 * How the best value of a metric came about, run by run, with one record marked. Undefined where there is no line: no
 * direction, or not two runs.
 */
export async function recordPicture(
  ctx: Pick<Ctx, 'db'>,
  project: string,
  metric: MetricRow,
  mark?: RecordMark,
): Promise<ChartBlock | undefined> {
  if (metric.direction === null) return undefined
  const found = await bestSoFar(ctx, metric)
  const line = recordLine(found, metric.direction)
  const last = line.at(-1)
  if (last === undefined || found.runs.length < 2) return undefined
  const end = Math.max(last.number, found.runs.at(-1)?.number ?? 0)
  const marked = mark === undefined ? -1 : line.findIndex(({ number }) => number === mark.number)
  const steps: LineSeries = {
    name: 'best so far',
    label: formatValue(last.value),
    style: 'steps',
    // It still stands at the newest run.
    x: [...line.map(({ number }) => number), ...(end > last.number ? [end] : [])],
    y: [...line.map(({ value }) => value), ...(end > last.number ? [last.value] : [])],
    ...(mark === undefined || marked === -1 ? {} : { mark: { at: marked, label: cut(mark.label, 60) } }),
  }
  const dots: LineSeries = {
    name: 'each run',
    style: 'dots',
    x: found.runs.map(({ number }) => number),
    y: found.runs.map(({ value }) => value),
  }
  const chart: LineChart = {
    kind: 'line',
    title: `Best ${cut(metric.name, 40)} so far in ${cut(project, 40)}`,
    subtitle: betterWords(metric.direction),
    xLabel: 'run',
    yLabel: unitLabel(metric.name, metric.unit),
    log: false,
    series: [steps, dots],
  }
  return picture({ ...chart, series: roundedFor(chart.series, false) }, recordFinding(chart))
}

/** By run numbers, so that the line never goes back: what a later number had beaten already is left out. */
function recordLine({ records }: BestSoFar, direction: 'max' | 'min'): BestSoFar['records'] {
  const line: BestSoFar['records'] = []
  for (const record of records.toSorted((a, b) => a.number - b.number)) {
    const best = line.at(-1)?.value
    if (best === undefined || isBetter(record.value, best, direction)) line.push(record)
  }
  return line.slice(-RECORDS)
}
