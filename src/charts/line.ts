import type { ChartConfiguration, ChartDataset } from 'chart.js'
import type { LineChart, LineSeries } from '../messages/chart.ts'
import { boundsOf, commonOptions, drawable, numberScale, rangeOf, rises } from './common.ts'
import { DOTS, MARK, PAPER, seriesLook } from './look.ts'
import { shortName } from './names.ts'

/** Markers along a curve, so that it is known without its colour. */
const MARKERS = 7

/** Curves over steps, a record over runs. */
export function lineConfig(chart: LineChart): ChartConfiguration {
  const { series, log } = chart
  const curves = series.filter(({ style }) => style !== 'dots')
  const datasets = [
    ...series.map((one) => (one.style === 'dots' ? dots(one, log) : curve(one, curves.indexOf(one), log))),
    ...series.flatMap((one) => marked(one, log)),
  ]
  const xs = series.flatMap(({ x }) => x.filter(Number.isFinite))
  const ys = series.flatMap(({ y }) => y.map((value) => drawable(value, log))).filter((y) => y !== null)
  const across = stepBounds(xs)
  const up = log ? {} : boundsOf(ys, roomFor(series, -1), roomFor(series, 1))
  return {
    type: 'line',
    data: { datasets: datasets as ChartDataset<'line'>[] },
    options: {
      ...commonOptions(chart, datasets.length > 1),
      parsing: false,
      normalized: true,
      spanGaps: false,
      scales: {
        x: numberScale(chart.xLabel, xs, {
          ...across,
          grid: { display: false },
          // Steps and numbers of runs are whole.
          ticks: { precision: 0 },
        }),
        y: numberScale(log ? `${chart.yLabel} (log scale)` : chart.yLabel, ys, {
          type: log ? 'logarithmic' : 'linear',
          ...up,
        }),
      },
    } as ChartConfiguration['options'],
  } as ChartConfiguration
}

/** More room where the name of a marked point stands. @param side 1 above, -1 below */
function roomFor(series: LineSeries[], side: 1 | -1): number {
  const named = series.some((one) => one.mark !== undefined && (rises(one) ? 1 : -1) === side)
  return named ? 0.16 : 0.05
}

/** Steps are whole numbers: a single one stands between its neighbours. */
function stepBounds(xs: number[]): Record<string, number> {
  const [low, high] = rangeOf(xs) ?? [0, 1]
  return low === high ? { min: low - 1, max: high + 1 } : { min: low, max: high }
}

function curve({ name, style, x, y }: LineSeries, index: number, log: boolean) {
  const { color, dash, marker } = seriesLook(index)
  const data = points(x, y, log)
  return {
    label: shortName(name),
    data,
    borderColor: color,
    backgroundColor: color,
    borderWidth: 2.5,
    borderDash: [...dash],
    borderJoinStyle: 'round',
    stepped: style === 'steps' ? 'before' : false,
    pointStyle: marker,
    pointRadius: style === 'steps' ? corners(data) : markers(data, index),
    clip: 10,
    pointBorderColor: PAPER,
    pointBorderWidth: 1,
    order: 2,
  }
}

function dots({ name, x, y }: LineSeries, log: boolean) {
  return {
    label: shortName(name),
    data: points(x, y, log),
    showLine: false,
    borderColor: DOTS,
    backgroundColor: DOTS,
    pointStyle: 'circle',
    pointRadius: 3,
    pointBorderWidth: 0,
    clip: 10,
    order: 3,
  }
}

/** One point as a series of its own: so it has a shape, and a line in the legend. */
function marked({ mark, x, y }: LineSeries, log: boolean) {
  const at = mark === undefined ? undefined : { x: x[mark.at], y: drawable(y[mark.at] ?? null, log) }
  if (mark === undefined || at?.x === undefined || at.y === null) return []
  return [
    {
      label: shortName(mark.label),
      data: [at],
      showLine: false,
      borderColor: MARK,
      backgroundColor: MARK,
      pointStyle: 'rectRot',
      pointRadius: 8,
      pointBorderColor: PAPER,
      pointBorderWidth: 1.5,
      clip: 12,
      order: 1,
    },
  ]
}

type Point = { x: number; y: number | null }

function points(x: number[], y: (number | null)[], log: boolean): Point[] {
  return x.flatMap((at, index) =>
    Number.isFinite(at) ? [{ x: at, y: drawable(y[index] ?? null, log) }] : [],
  )
}

/** Where a record was set; not where it merely still stands. */
function corners(data: Point[]): number[] {
  return data.map(({ y }, at) => (y === null || y === data[at - 1]?.y ? 0 : 4))
}

/** A radius for each point: a few along the curve, each curve's at other places; and any that stands alone. */
function markers(data: Point[], index: number): number[] {
  const every = Math.max(1, Math.floor(data.length / MARKERS))
  const offset = Math.floor(((index % 5) * every) / 5)
  return data.map(({ y }, at) => {
    if (y === null) return 0
    const alone = (data[at - 1]?.y ?? null) === null && (data[at + 1]?.y ?? null) === null
    if (alone || data.length <= MARKERS) return 4
    return at % every === offset ? 4 : 0
  })
}
