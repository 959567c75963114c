import type { Chart } from '../messages/chart.ts'
import { drawChart } from './draw.ts'

/** What a thread of the pool does. */
export async function draw(chart: Chart): Promise<Uint8Array> {
  return await drawChart(chart)
}
