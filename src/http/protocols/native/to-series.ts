import type { FastifySchemaCompiler } from 'fastify'
import type { Step } from '../../../db/step.ts'
import type { SeriesInput } from '../../../points/index.ts'
import { invalid } from '../../../errors.ts'
import { MAX_METRIC_NAME } from '../../schemas.ts'
import { validatorCompiler } from '../../validation.ts'
import { MAX_NAMES } from './schemas.ts'
import { isEpochMs, metricValue, readStep, readTime } from './values.ts'

export interface PointsBody {
  points?: { name: string; value: unknown; step?: unknown; time?: unknown }[]
  steps?: unknown[] | null
  times?: unknown[] | null
  series?: Record<string, unknown[]>
}

/**
 * Columns of plain numbers, in which most points come. Fast path: validates here instead of with Ajv, because a
 * polymorphic loop makes V8 box every number. `every` is never polymorphic.
 * @returns undefined for any other body, which the schema and toSeries judge
 */
export function plainSeries(body: unknown): SeriesInput[] | undefined {
  const { steps, times = null, series, ...rest } = (body ?? {}) as Record<string, unknown>
  if (!isColumn(steps, isPlainStep) || typeof series !== 'object' || series === null) return undefined
  if (times !== null && !isColumn(times, isEpochMs, steps.length)) return undefined
  const named = Object.entries(series)
  if (Array.isArray(series) || named.length > MAX_NAMES || Object.keys(rest).length > 0) return undefined
  const read: SeriesInput[] = []
  for (const [name, values] of named) {
    if (name.length === 0 || name.length > MAX_METRIC_NAME || !isColumn(values, isPlainValue, steps.length))
      return undefined
    read.push({ name, steps, times, values })
  }
  return read
}

/** Reads the body of a request: as plainSeries if it is plain, else as the schema lets it pass. */
export const readPlainSeries: FastifySchemaCompiler<object> = (route) => {
  const validate = validatorCompiler(route)
  if (route.httpPart !== 'body') return validate
  return (body: unknown) => {
    const series = plainSeries(body)
    return series === undefined ? validate(body) : { value: series }
  }
}

function isColumn(
  column: unknown,
  test: (value: unknown) => value is number,
  length?: number,
): column is number[] {
  return Array.isArray(column) && (length === undefined || column.length === length) && column.every(test)
}

const isPlainStep = (value: unknown): value is number => Number.isSafeInteger(value)
const isPlainValue = (value: unknown): value is number => Number.isFinite(value)

/** Both shapes as series by metric, in the order in which they were sent. @throws AppError invalid */
export function toSeries(body: PointsBody): SeriesInput[] {
  if (body.points !== undefined && body.series === undefined) {
    const column = body.steps != null ? 'steps' : body.times != null ? 'times' : undefined
    if (column !== undefined) throw invalid(column, `${column} goes with series, not with points.`)
    return fromPoints(body.points)
  }
  if (body.series !== undefined && body.points === undefined) return fromColumns(body, body.series)
  const field = body.points === undefined ? 'points' : 'series'
  throw invalid(field, 'Send either points or series.', { allowed: 'points, or steps with series' })
}

function fromPoints(points: NonNullable<PointsBody['points']>): SeriesInput[] {
  const stepped = new Map<string, SeriesInput>()
  const numbered = new Map<string, SeriesInput>()
  points.forEach((point, index) => {
    const hasStep = point.step !== undefined && point.step !== null
    const group = hasStep ? stepped : numbered
    let series = group.get(point.name)
    if (series === undefined) {
      series = { name: point.name, steps: hasStep ? [] : null, times: null, values: [] }
      group.set(point.name, series)
      if (stepped.size + numbered.size > MAX_NAMES) tooManyNames()
    }
    if (hasStep) series.steps?.push(readStep(() => `points[${index}].step`, point.step))
    if (point.time !== undefined && point.time !== null) {
      series.times ??= series.values.map(() => null)
      series.times.push(readTime(() => `points[${index}].time`, point.time))
    } else series.times?.push(null)
    series.values.push(metricValue(point.value))
  })
  return [...stepped.values(), ...numbered.values()]
}

function tooManyNames(): never {
  throw invalid('points', `One request names at most ${MAX_NAMES} metrics; send the rest in another.`)
}

function fromColumns(body: PointsBody, series: Record<string, unknown[]>): SeriesInput[] {
  const steps = body.steps == null ? null : readSteps(body.steps)
  const times = body.times == null ? null : readTimes(body.times)
  return Object.entries(series).map(([name, values]) => {
    sameLength(name, values, steps, 'steps')
    sameLength(name, values, times, 'times')
    return { name, steps, times, values: values.map(metricValue) }
  })
}

function readSteps(steps: unknown[]): Step[] {
  return steps.map((step, index) => readStep(() => `steps[${index}]`, step))
}

function readTimes(times: unknown[]): (number | null)[] {
  return times.map((time, index) => (time === null ? null : readTime(() => `times[${index}]`, time)))
}

function sameLength(name: string, values: unknown[], column: unknown[] | null, what: string): void {
  if (column === null || column.length === values.length) return
  throw invalid(
    `series.${name}`,
    `series.${name} has ${values.length} values for ${column.length} ${what}.`,
    {
      allowed: `as many values as ${what}`,
    },
  )
}
