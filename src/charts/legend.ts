import type { SKRSContext2D as Context } from '@napi-rs/canvas'
import type { ChartConfiguration, ChartDataset, Plugin } from 'chart.js'
import { drawPoint } from 'chart.js/helpers'
import { FAMILY, INK, SIZES } from './look.ts'
import { shortName } from './names.ts'
import { widthOf } from './text.ts'

const LEFT = 14
const SAMPLE = 36
const GAP = 7
const BETWEEN = 20
const ROW = 20

interface Entry {
  dataset: ChartDataset<'line'>
  text: string
  width: number
}

/** The legend's entries, in as many rows as they need. */
export function legendRows({ data }: ChartConfiguration, ctx: Context, width: number): Entry[][] {
  const rows: Entry[][] = []
  let left = 0
  for (const one of data.datasets) {
    const dataset = one as ChartDataset<'line'>
    const text = shortName(dataset.label ?? '')
    const entry = { dataset, text, width: SAMPLE + GAP + widthOf(ctx, text, false) + BETWEEN }
    const row = rows.at(-1)
    if (row === undefined || entry.width > left) {
      rows.push([entry])
      left = width - 2 * LEFT
    } else row.push(entry)
    left -= entry.width
  }
  return rows
}

export function legendHeight(rows: Entry[][]): number {
  return rows.length === 0 ? 0 : rows.length * ROW + 4
}

/** A stretch of each line with its dashes and its marker: what Chart.js draws itself has only one of them. */
export function legend(rows: Entry[][]): Plugin {
  return {
    id: 'lines-in-legend',
    afterDraw: ({ ctx, height }) => {
      let y = height - legendHeight(rows) - 10 + ROW / 2
      for (const row of rows) {
        let x = LEFT
        for (const entry of row) {
          sample(ctx, entry.dataset, x, y)
          ctx.font = `400 ${SIZES.label}px ${FAMILY}`
          ctx.fillStyle = INK
          ctx.textAlign = 'left'
          ctx.textBaseline = 'middle'
          ctx.fillText(entry.text, x + SAMPLE + GAP, y)
          x += entry.width
        }
        y += ROW
      }
    },
  }
}

function sample(ctx: Context, dataset: ChartDataset<'line'>, x: number, y: number): void {
  ctx.save()
  ctx.strokeStyle = dataset.borderColor as string
  ctx.fillStyle = dataset.backgroundColor as string
  if (dataset.showLine !== false && dataset.borderWidth !== undefined) {
    ctx.lineWidth = dataset.borderWidth as number
    ctx.setLineDash((dataset.borderDash as number[] | undefined) ?? [])
    ctx.beginPath()
    ctx.moveTo(x, y)
    ctx.lineTo(x + SAMPLE, y)
    ctx.stroke()
    ctx.setLineDash([])
  }
  ctx.strokeStyle = (dataset.pointBorderColor as string | undefined) ?? (dataset.borderColor as string)
  const radius = Array.isArray(dataset.pointRadius)
    ? 4
    : Math.min(6, (dataset.pointRadius as number | undefined) ?? 4)
  const pointStyle = dataset.pointStyle as 'circle'
  drawPoint(
    ctx,
    { radius, pointStyle, rotation: 0, borderWidth: dataset.pointBorderWidth as number },
    x + SAMPLE / 2,
    y,
  )
  ctx.restore()
}
