import type { Chart } from '../messages/chart.ts'

/** Chats show pictures about 360 wide: text that is drawn for 600 can still be read there. */
const WIDTH = 600
const HEIGHT = 360
const LEGEND_ROW = 20
const BAR_HEIGHT = 26
/** Title, subtitle, axis and its label. */
const AROUND_BARS = 128

/** How large a chart is drawn, in CSS pixels; the picture has twice as many each way. */
export function chartSize(chart: Chart): { width: number; height: number } {
  if (chart.kind === 'scatter') return { width: WIDTH, height: HEIGHT }
  if (chart.kind === 'line') {
    const rows = Math.ceil(chart.series.length / 2)
    return { width: WIDTH, height: HEIGHT + Math.max(0, rows - 1) * LEGEND_ROW }
  }
  return { width: WIDTH, height: AROUND_BARS + Math.max(3, chart.bars.length) * BAR_HEIGHT }
}
