import type { Chart } from '../messages/chart.ts'

/** Chats show pictures about 360 wide: text that is drawn for 600 can still be read there. */
const WIDTH = 600
const HEIGHT = 360
const BAR_HEIGHT = 26
/** Title, subtitle, axis and its label. */
const AROUND_BARS = 128

/** How large a chart is drawn, in CSS pixels; the picture has twice as many each way. */
export function chartSize(chart: Chart): { width: number; height: number } {
  if (chart.kind !== 'bar') return { width: WIDTH, height: HEIGHT }
  return { width: WIDTH, height: AROUND_BARS + Math.max(3, chart.bars.length) * BAR_HEIGHT }
}
