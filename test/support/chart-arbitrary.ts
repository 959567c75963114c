import fc from 'fast-check'
import type { BarChart, Chart, LineChart, LineSeries, ScatterChart } from '../../src/messages/chart.ts'
import { anyText } from './text-arbitrary.ts'

const number = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 1e-300, 1e300, -1e300, Number.MAX_SAFE_INTEGER) },
)
const gap = fc.option(number, { nil: null, freq: 5 })

const series: fc.Arbitrary<LineSeries> = fc
  .record({
    name: anyText,
    label: fc.option(anyText, { nil: undefined }),
    style: fc.constantFrom('line' as const, 'steps' as const, 'dots' as const),
    points: fc.array(fc.tuple(number, gap), { maxLength: 60 }),
    marked: fc.option(fc.tuple(fc.nat(60), anyText), { nil: undefined }),
  })
  .map(({ name, label, style, points, marked }) => {
    const sorted = points.toSorted(([a], [b]) => a - b)
    const mark = marked === undefined ? undefined : { at: marked[0], label: marked[1] }
    return {
      name,
      style,
      x: sorted.map(([x]) => x),
      y: sorted.map(([, y]) => y),
      ...(label === undefined ? {} : { label }),
      ...(mark === undefined ? {} : { mark }),
    }
  })

const line: fc.Arbitrary<LineChart> = fc.record({
  kind: fc.constant('line' as const),
  title: anyText,
  subtitle: anyText,
  xLabel: anyText,
  yLabel: anyText,
  log: fc.boolean(),
  series: fc.array(series, { maxLength: 6 }),
})

const bar: fc.Arbitrary<BarChart> = fc.record({
  kind: fc.constant('bar' as const),
  title: anyText,
  xLabel: anyText,
  from: fc.oneof(fc.constant(0), number),
  bars: fc.array(
    fc.record({ place: anyText, name: anyText, value: gap, text: anyText, strong: fc.boolean() }),
    {
      maxLength: 40,
    },
  ),
})

const scatter: fc.Arbitrary<ScatterChart> = fc.record({
  kind: fc.constant('scatter' as const),
  title: anyText,
  xLabel: anyText,
  yLabel: anyText,
  others: fc
    .array(fc.tuple(number, number), { maxLength: 60 })
    .map((points) => ({ x: points.map(([x]) => x), y: points.map(([, y]) => y) })),
  front: fc.array(fc.record({ label: anyText, x: number, y: number }), { maxLength: 12 }),
  steps: fc.constantFrom('before' as const, 'after' as const),
})

/** Any chart that the model allows, sensible or not. */
export const anyChart: fc.Arbitrary<Chart> = fc.oneof(line, bar, scatter)
