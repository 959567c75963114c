import type { ChartConfiguration } from 'chart.js'
import type { Chart } from '../messages/chart.ts'
import { barConfig } from './bar.ts'
import { lineConfig } from './line.ts'
import { scatterConfig } from './scatter.ts'

/** Chart.js's configuration of a chart, in JSON alone: a server elsewhere can draw it as well as we can. */
export function configOf(chart: Chart): ChartConfiguration {
  switch (chart.kind) {
    case 'line':
      return lineConfig(chart)
    case 'bar':
      return barConfig(chart)
    case 'scatter':
      return scatterConfig(chart)
    default:
      return chart satisfies never
  }
}
