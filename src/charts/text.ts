import type { SKRSContext2D as Context } from '@napi-rs/canvas'
import { cut } from '../messages/build.ts'
import { FAMILY, PAPER, SIZES } from './look.ts'

/** The height of a line of small text. */
export const LINE = SIZES.label + 3

/** The text, cut until it is no wider than that in the context's font. */
export function fitText(ctx: Pick<Context, 'measureText'>, text: string, width: number): string {
  if (ctx.measureText(text).width <= width) return text
  let [low, high] = [1, text.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (ctx.measureText(cut(text, middle)).width <= width) low = middle
    else high = middle - 1
  }
  return cut(text, low)
}

export function widthOf(ctx: Pick<Context, 'font' | 'measureText'>, text: string, bold: boolean): number {
  ctx.font = fontOf(bold)
  return ctx.measureText(text).width
}

function fontOf(bold: boolean): string {
  return `${bold ? 600 : 400} ${SIZES.label}px ${FAMILY}`
}

export function write(
  ctx: Context,
  text: string,
  x: number,
  y: number,
  how: { color: string; bold: boolean; align?: 'left' | 'right'; halo?: boolean },
): void {
  ctx.save()
  ctx.font = fontOf(how.bold)
  ctx.textAlign = how.align ?? 'left'
  ctx.textBaseline = 'middle'
  if (how.halo === true) {
    ctx.strokeStyle = PAPER
    ctx.lineWidth = 4
    ctx.lineJoin = 'round'
    ctx.strokeText(text, x, y)
  }
  ctx.fillStyle = how.color
  ctx.fillText(text, x, y)
  ctx.restore()
}
