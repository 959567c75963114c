import type { ChartConfiguration } from 'chart.js'
import type { BarChart } from '../messages/chart.ts'
import { formatValue } from '../messages/numbers.ts'
import { commonOptions, drawable, numberScale, rangeOf } from './common.ts'
import { font, INK, PALE, seriesLook, SIZES } from './look.ts'
import { shortName } from './names.ts'

/** A board from the best down. Values stand at the names too: not every server can write them at the bars. */
export function barConfig(chart: BarChart): ChartConfiguration {
  const { bars, from } = chart
  const values = bars.map(({ value }) => drawable(value, false))
  const drawn = values.filter((value) => value !== null)
  const across = barBounds(from, drawn)
  const strong = seriesLook(0).color
  return {
    type: 'bar',
    data: {
      labels: bars.map(({ place, name }) => shortName(`${place} ${name}`)),
      datasets: [
        {
          data: values,
          backgroundColor: bars.map((bar) => (bar.strong ? strong : PALE)),
          barPercentage: 0.78,
          categoryPercentage: 0.9,
          borderRadius: 2,
        },
      ],
    },
    options: {
      ...commonOptions(chart, false),
      indexAxis: 'y',
      scales: {
        x: numberScale(
          from === 0 ? chart.xLabel : `${chart.xLabel} (bars begin at ${formatValue(from)})`,
          drawn,
          {
            ...across,
          },
        ),
        y: {
          type: 'category',
          grid: { display: false },
          border: { display: false },
          ticks: { color: INK, font: font(SIZES.tick), padding: 6, autoSkip: false, crossAlign: 'far' },
        },
      },
    },
  }
}

/** Exactly as long as the longest bar: its value stands behind it. */
function barBounds(from: number, values: number[]): Record<string, number> {
  const [low, high] = rangeOf([from, ...values]) ?? [0, 1]
  return low === high ? { min: low, max: low + 1 } : { min: low, max: high }
}
