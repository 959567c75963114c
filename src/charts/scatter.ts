import type { ChartConfiguration } from 'chart.js'
import type { ScatterChart } from '../messages/chart.ts'
import { boundsOf, commonOptions, drawable, numberScale } from './common.ts'
import { DOTS, PAPER, seriesLook } from './look.ts'

/** Two metrics against each other, with the runs that no other run beats in both. */
export function scatterConfig(chart: ScatterChart): ChartConfiguration {
  const { others, front, steps } = chart
  const dots = pairs(others.x.map((x, index) => ({ x, y: others.y[index] ?? Number.NaN })))
  const best = pairs(front)
  const all = [...dots, ...best]
  const { color } = seriesLook(0)
  return {
    type: 'scatter',
    data: {
      datasets: [
        {
          label: 'Pareto front',
          data: best,
          showLine: true,
          stepped: steps,
          borderColor: color,
          backgroundColor: color,
          borderWidth: 1.5,
          borderDash: [5, 4],
          pointStyle: 'rectRot',
          pointRadius: 7,
          pointBorderColor: PAPER,
          pointBorderWidth: 1,
          clip: 12,
          order: 1,
        },
        {
          label: 'other finished runs',
          data: dots,
          borderColor: DOTS,
          backgroundColor: DOTS,
          pointStyle: 'circle',
          pointRadius: 3,
          pointBorderWidth: 0,
          order: 2,
        },
      ],
    },
    options: {
      ...commonOptions(chart, true),
      scales: {
        x: metricScale(
          chart.xLabel,
          all.map(({ x }) => x),
        ),
        y: metricScale(
          chart.yLabel,
          all.map(({ y }) => y),
          ROOM_FOR_NAMES,
        ),
      },
    },
  }
}

/** Above the points, where the names of the front's runs stand. */
const ROOM_FOR_NAMES = 0.16

function metricScale(label: string, values: number[], above?: number) {
  const bounds = boundsOf(values, undefined, above)
  return numberScale(label, values, { ...bounds })
}

function pairs(points: { x: number; y: number }[]): { x: number; y: number }[] {
  return points.flatMap(({ x, y }) => {
    const at = { x: drawable(x, false), y: drawable(y, false) }
    return at.x === null || at.y === null ? [] : [{ x: at.x, y: at.y }]
  })
}
