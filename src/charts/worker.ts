import type { Chart } from '../messages/chart.ts'
import { drawChart } from './draw.ts'

/** What a thread of the pool does. */
export function draw(chart: Chart): Uint8Array {
  return drawChart(chart)
}
