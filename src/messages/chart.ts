/**
 * A chart as data: small enough to be stored with its message, drawn where it is posted. Builders thin series to a
 * few hundred points and say in words what gaps hide.
 */
export type Chart = LineChart | BarChart | ScatterChart

interface Captions {
  title: string
  subtitle?: string
}

/** Curves, or a record as it rose. */
export interface LineChart extends Captions {
  kind: 'line'
  xLabel: string
  yLabel: string
  /** The values on a logarithmic axis, where only what is above zero has a place. */
  log: boolean
  series: LineSeries[]
}

export interface LineSeries {
  /** In the legend: 'churn#142 wide-net'. */
  name: string
  /** At the end of the line, where there is less room: 'churn#142'. */
  label?: string
  /** Steps hold a value until the next one; dots are not joined. */
  style: 'line' | 'steps' | 'dots'
  x: number[]
  /** As many as x; null leaves a gap. */
  y: (number | null)[]
  /** A point that the reader is to look at, by its place in the series. */
  mark?: { at: number; label: string }
}

/** A board: horizontal bars from the best down. */
export interface BarChart extends Captions {
  kind: 'bar'
  xLabel: string
  /** Where the bars begin. When that is not zero, the picture says so. */
  from: number
  bars: Bar[]
}

export interface Bar {
  /** '1.', or a dash for a run without a place. */
  place: string
  name: string
  /** Null: there is no finite one, and `text` says so. */
  value: number | null
  /** The value as people read it. */
  text: string
  /** The one that the chart is about. */
  strong: boolean
}

/** Two metrics of many runs against each other. */
export interface ScatterChart extends Captions {
  kind: 'scatter'
  xLabel: string
  yLabel: string
  others: { x: number[]; y: number[] }
  /** The runs that no other run beats in both, in the order of x. */
  front: { label: string; x: number; y: number }[]
  /** How the front goes from one run to the next: the values that a run reaches hold in this direction. */
  steps: 'before' | 'after'
}
