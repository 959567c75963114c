import { boardFinding } from '../../charts/alt-text.ts'
import { cut, picture } from '../../messages/build.ts'
import type { BarChart } from '../../messages/chart.ts'
import type { ChartBlock } from '../../messages/model.ts'
import type { Board } from '../boards/leaderboard.ts'
import { formatValues } from '../text/format.ts'
import { unitLabel } from './curves-picture.ts'
import { betterWords } from '../values/better.ts'

/** A chat shows pictures as high as they are: more bars than that would be a wall. */
const BARS = 20
/** Bars from zero that all look alike say nothing: where the values are that close, they begin further up. */
const CLOSE = 0.15

/** The board as bars; undefined where there are not two runs to compare. */
export function boardPicture(board: Board): ChartBlock | undefined {
  const shown = board.rows.slice(0, BARS)
  if (shown.filter(({ rank }) => rank !== null).length < 2) return undefined
  const texts = formatValues(shown.map(({ value }) => value))
  const unit = board.unit === null ? '' : ` ${cut(board.unit, 20)}`
  const chart: BarChart = {
    kind: 'bar',
    title: `${cut(board.metric, 40)} in ${cut(board.project, 40)}`,
    subtitle: `${cutWords(board.rows.length)}${board.aggregate} value of each run, ${betterWords(board.direction)}`,
    xLabel: unitLabel(board.metric, board.unit),
    from: beginning(shown.flatMap(({ value }) => value ?? [])),
    bars: shown.map(({ rank, run, value }, index) => ({
      place: rank === null ? '–' : `${rank}.`,
      name: cut(`${run.ref}${run.name === null ? '' : ` ${run.name}`}`, 60),
      value: rank === null || value === null ? null : Number(value.toPrecision(12)),
      text: rank === null ? 'diverged' : `${texts[index]}${unit}`,
      strong: rank === 1,
    })),
  }
  return picture(chart, boardFinding(chart))
}

function cutWords(rows: number): string {
  return rows > BARS ? `the first ${BARS} of ${rows.toLocaleString('en-US')}: ` : ''
}

/** Zero, or a round number just beyond the values where they lie close together far from it. */
function beginning(values: number[]): number {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const range = high - low
  if (range === 0 || low <= 0 || range > high * CLOSE) return 0
  const step = 10 ** Math.floor(Math.log10(range))
  const from = Math.floor((low - range / 4) / step) * step
  return from <= 0 ? 0 : Number(from.toPrecision(12))
}
