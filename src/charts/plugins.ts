import type { SKRSContext2D as Context } from '@napi-rs/canvas'
import type { Plugin } from 'chart.js'
import type { BarChart, LineChart, ScatterChart } from '../messages/chart.ts'
import { drawable, rises } from './common.ts'
import { FAINT_INK, INK, MARK, PAPER, seriesLook } from './look.ts'
import { endName, shortName } from './names.ts'
import { LINE, widthOf, write } from './text.ts'

const GAP = 8

export const paper: Plugin = {
  id: 'paper',
  beforeDraw: ({ ctx, width, height }) => {
    ctx.fillStyle = PAPER
    ctx.fillRect(0, 0, width, height)
  },
}

/** Words where there is nothing to draw, so that an empty picture explains itself. */
export function emptyNote(isEmpty: boolean): Plugin {
  return {
    id: 'empty-note',
    afterDraw: ({ ctx, chartArea }) => {
      if (!isEmpty) return
      const text = 'no finite values'
      const middle = (chartArea.left + chartArea.right - widthOf(ctx, text, false)) / 2
      write(ctx, text, middle, (chartArea.top + chartArea.bottom) / 2, {
        color: FAINT_INK,
        bold: false,
        halo: true,
      })
    },
  }
}

/** Writes each curve's name where it ends, pushed apart where several end together. */
export function endLabels({ series, log }: LineChart): Plugin {
  const curves = series.filter(({ style, label }) => style !== 'dots' && label !== undefined)
  return {
    id: 'end-labels',
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const { x, y } = scales
      if (x === undefined || y === undefined) return
      const labels = curves.flatMap((one) => {
        const at = one.y.findLastIndex((value) => drawable(value, log) !== null)
        if (at === -1) return []
        const { color } = seriesLook(series.filter(({ style }) => style !== 'dots').indexOf(one))
        const point = { x: x.getPixelForValue(one.x[at] ?? 0), y: y.getPixelForValue(one.y[at] ?? 0) }
        return [{ text: endName(one.label ?? ''), color, point, y: point.y }]
      })
      spread(labels, chartArea.top + LINE / 2, chartArea.bottom - LINE / 2)
      for (const { text, color, point, y: at } of labels) {
        leader(ctx, point, { x: chartArea.right + GAP - 3, y: at }, color)
        write(ctx, text, chartArea.right + GAP, at, { color, bold: true })
      }
    },
  }
}

/** Moves what overlaps apart, within the bounds as long as there is room. */
function spread(labels: { y: number }[], top: number, bottom: number): void {
  const sorted = labels.toSorted((a, b) => a.y - b.y)
  for (const [index, label] of sorted.entries()) {
    const former = sorted[index - 1]
    label.y = Math.max(label.y, former === undefined ? top : former.y + LINE)
  }
  for (const [index, label] of sorted.toReversed().entries()) {
    const below = sorted[sorted.length - index]
    label.y = Math.min(label.y, below === undefined ? bottom : below.y - LINE)
  }
}

/** A thin line to a name that does not stand right beside its curve's end. */
function leader(
  ctx: Context,
  from: { x: number; y: number },
  to: { x: number; y: number },
  color: string,
): void {
  if (to.x - from.x < GAP + 6 && Math.abs(to.y - from.y) < 3) return
  ctx.save()
  ctx.strokeStyle = color
  ctx.globalAlpha = 0.45
  ctx.lineWidth = 1
  ctx.setLineDash([1, 2])
  ctx.beginPath()
  ctx.moveTo(from.x + 4, from.y)
  ctx.lineTo(to.x, to.y)
  ctx.stroke()
  ctx.restore()
}

/** Says beside a marked point what it is. */
export function markLabels({ series, log }: LineChart): Plugin {
  return {
    id: 'mark-labels',
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      for (const one of series) {
        const { mark, x, y } = one
        const value = mark === undefined ? null : drawable(y[mark.at] ?? null, log)
        const at = mark === undefined ? undefined : x[mark.at]
        if (mark === undefined || value === null || at === undefined) continue
        const px = scales['x']?.getPixelForValue(at) ?? 0
        const py = scales['y']?.getPixelForValue(value) ?? 0
        const text = shortName(mark.label)
        // To the left of where a record was set, on its outer side, there is no line.
        const left = px - 12 - widthOf(ctx, text, true) >= chartArea.left
        write(ctx, text, px + (left ? -12 : 12), py + (rises(one) ? -LINE : LINE), {
          color: MARK,
          bold: true,
          align: left ? 'right' : 'left',
          halo: true,
        })
      }
    },
  }
}

/** Writes each value behind its bar. */
export function valueLabels({ bars, from }: BarChart): Plugin {
  return {
    id: 'value-labels',
    afterDatasetsDraw: ({ ctx, scales }) => {
      const { x, y } = scales
      for (const [index, { value, text, strong }] of bars.entries()) {
        // A bar that goes to the left leaves the room behind its beginning.
        const end = Math.max(drawable(value, false) ?? from, from)
        write(ctx, shortName(text), (x?.getPixelForValue(end) ?? 0) + GAP, y?.getPixelForValue(index) ?? 0, {
          color: value === null ? FAINT_INK : INK,
          bold: strong,
        })
      }
    },
  }
}

/** Names the runs of the front, as far as the names do not cover each other. */
export function frontLabels({ front }: ScatterChart): Plugin {
  return {
    id: 'front-labels',
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const taken: { left: number; right: number; y: number }[] = []
      for (const { label, x, y } of front) {
        const px = scales['x']?.getPixelForValue(x) ?? 0
        const py = scales['y']?.getPixelForValue(y) ?? 0
        const text = endName(label)
        const width = widthOf(ctx, text, true)
        const left = px + 12 + width > chartArea.right ? px - 12 - width : px + 12
        const place = { left, right: left + width, y: py - LINE * 0.8 }
        if (taken.some((one) => overlap(one, place))) continue
        taken.push(place)
        write(ctx, text, left, place.y, { color: INK, bold: true, halo: true })
      }
    },
  }
}

function overlap(a: { left: number; right: number; y: number }, b: typeof a): boolean {
  return a.left < b.right + 4 && b.left < a.right + 4 && Math.abs(a.y - b.y) < LINE
}
