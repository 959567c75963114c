import type { LineSeries } from '../../messages/chart.ts'

const DIGITS = 5

/** Values as fine as anybody could see them in a picture: they are stored with every message that shows it. */
export function roundedFor(series: LineSeries[], log: boolean): LineSeries[] {
  const round = rounding(
    series.flatMap(({ y }) => y.filter((value) => value !== null)),
    log,
  )
  return series.map((one) => ({ ...one, y: one.y.map((value) => (value === null ? null : round(value))) }))
}

/** To a hundred-thousandth of the range; on a logarithmic axis, and where all are equal, to five digits. */
export function rounding(values: number[], log: boolean): (value: number) => number {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const quantum = 10 ** (Math.floor(Math.log10(high - low)) - DIGITS)
  if (log || !(quantum > 0) || !Number.isFinite(quantum))
    return (value) => Number(value.toPrecision(DIGITS + 2))
  // The product has digits that the quantum has not: 0.1 + 0.2.
  return (value) => Number((Math.round(value / quantum) * quantum).toPrecision(15))
}
