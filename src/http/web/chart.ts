import { formatSteps, formatValue } from '../../domain/text/format.ts'
import { each, html, type Markup, shown } from './html.ts'

export interface ChartPoint {
  x: number
  y: number
}

export interface Chart {
  title: string
  /** States the finding, for those who do not see the picture. */
  finding: string
  /** Drawn as a line; a step line where `stepped`. */
  line: ChartPoint[]
  /** Drawn as dots: every run beside the best so far. */
  dots?: ChartPoint[]
  stepped?: boolean
  xLabel: string
  /** Where the script that draws it anew finds all of its points. */
  data?: string
}

const WIDTH = 640
const HEIGHT = 220
/** Room for seven figures of the size that phones get. */
const LEFT = 92
const RIGHT = 16
const TOP = 16
const BOTTOM = 32

/** A line chart as inline SVG, styled by the page: it follows light and dark. Non-finite points leave gaps. */
export function chart({ title, finding, line, dots = [], stepped = false, xLabel, data }: Chart): Markup {
  const all = [...line, ...dots].filter(({ y }) => Number.isFinite(y))
  if (all.length === 0) return html`<p class="soft">${title}: no finite values.</p>`
  const scale = scaleOf(all)
  const ticks = [scale.yMin, (scale.yMin + scale.yMax) / 2, scale.yMax]
  return html`<figure!${data === undefined ? '' : html` data-curve="${data}"`}><figcaption>${shown(title)}</figcaption>
<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${shown(finding)}">
!${each(ticks, (tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(scale.y(tick))}" y2="${round(scale.y(tick))}"/><text x="${LEFT - 8}" y="${round(scale.y(tick) + 4)}" text-anchor="end">${formatValue(Number(tick.toPrecision(4)))}</text>`)}
!${each(
    dots.filter(({ y }) => Number.isFinite(y)),
    ({ x, y }) => html`<circle class="dot" r="3" cx="${round(scale.x(x))}" cy="${round(scale.y(y))}"/>`,
  )}
<path class="line" d="${pathOf(line, scale, stepped)}"/>
<text x="${LEFT}" y="${HEIGHT - 8}">${formatSteps(Math.round(scale.xMin))}</text><text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${xLabel} ${formatSteps(Math.round(scale.xMax))}</text>
</svg></figure>`
}

interface Scale {
  xMin: number
  xMax: number
  yMin: number
  yMax: number
  x(value: number): number
  y(value: number): number
}

function scaleOf(points: ChartPoint[]): Scale {
  const range = (values: number[]): [number, number] => [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ]
  const [xMin, xMax] = range(points.map(({ x }) => x))
  const [low, high] = range(points.map(({ y }) => y))
  const margin = high === low ? Math.abs(high) * 0.1 || 1 : 0
  const [yMin, yMax] = [low - margin, high + margin]
  const share = (value: number, from: number, to: number) =>
    to === from ? 0.5 : (value - from) / (to - from)
  return {
    xMin,
    xMax,
    yMin,
    yMax,
    x: (value) => LEFT + share(value, xMin, xMax) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - share(value, yMin, yMax) * (HEIGHT - TOP - BOTTOM),
  }
}

function pathOf(line: ChartPoint[], scale: Scale, stepped: boolean): string {
  let path = ''
  let pen = 'M'
  let last = 0
  for (const { x, y } of line) {
    if (!Number.isFinite(y)) {
      pen = 'M'
      continue
    }
    const [px, py] = [round(scale.x(x)), round(scale.y(y))]
    path += stepped && pen === 'L' ? `L${px} ${last}L${px} ${py}` : `${pen}${px} ${py}`
    pen = 'L'
    last = py
  }
  // A single point makes no line: a short stroke shows it.
  return /L/.test(path) ? path : `${path}h0.01`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
