import type { Plugin } from 'chart.js'
import type { Chart } from '../messages/chart.ts'
import { FAINT_INK, FAMILY, INK, SIZES } from './look.ts'
import { captionLine, subtitleLine } from './names.ts'
import { fitText } from './text.ts'

const MARGIN = 14
const TITLE_LINE = 24
const SUBTITLE_LINE = 18
const BELOW = 14

/** Title and subtitle over the whole width; Chart.js would squeeze long ones. @returns also how high they are */
export function captions({ title, subtitle }: Chart, width: number): { plugin: Plugin; height: number } {
  const plugin: Plugin = {
    id: 'captions',
    afterDraw: ({ ctx }) => {
      const line = (text: string, weight: number, size: number, color: string, y: number) => {
        ctx.font = `${weight} ${size}px ${FAMILY}`
        ctx.fillStyle = color
        ctx.textAlign = 'left'
        ctx.textBaseline = 'middle'
        ctx.fillText(fitText(ctx, text, width - 2 * MARGIN), MARGIN, y)
      }
      line(captionLine(title), 600, SIZES.title, INK, MARGIN + TITLE_LINE / 2)
      if (subtitle === undefined) return
      const y = MARGIN + TITLE_LINE + SUBTITLE_LINE / 2
      line(subtitleLine(subtitle), 400, SIZES.subtitle, FAINT_INK, y)
    },
  }
  return { plugin, height: MARGIN + TITLE_LINE + (subtitle === undefined ? 0 : SUBTITLE_LINE) + BELOW }
}
