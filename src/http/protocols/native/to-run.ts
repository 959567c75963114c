import type { ParamValue } from '../../../db/tables.ts'
import type { RunInput, RunPatch } from '../../../domain/runs/types.ts'
import { invalid } from '../../../errors.ts'
import { metricValue, readTime } from './values.ts'

const MAX_DEPTH = 32

/** A body that its schema has let pass. Integers beyond 2^53 are bigints here. */
type Body = Record<string, unknown>

/** The body of POST /runs as the domain takes it. @throws AppError invalid that names the field */
export function toRunInput(body: Body): RunInput {
  return { ...toRunPatch(body), project: body['project'] as string }
}

/** The body of PATCH /runs/{run}: what is absent stays absent. */
export function toRunPatch(body: Body): RunPatch {
  const { params, metrics, env, seed, started_at, ended_at, ...rest } = body
  return {
    ...(rest as RunPatch),
    ...(params === undefined ? {} : { params: free('params', params) as Record<string, ParamValue> }),
    ...(env === undefined ? {} : { env: free('env', env) as Record<string, unknown> }),
    ...(metrics === undefined ? {} : { metrics: values(metrics as Record<string, unknown>) }),
    ...(seed === undefined ? {} : { seed: typeof seed === 'bigint' ? String(seed) : (seed as number) }),
    ...(started_at === undefined ? {} : { started_at: new Date(readTime(() => 'started_at', started_at)) }),
    ...(ended_at === undefined ? {} : { ended_at: new Date(readTime(() => 'ended_at', ended_at)) }),
  }
}

function values(metrics: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, metricValue(value)]))
}

/** JSON of any shape: integers that a double would round are kept as their digits. */
function free(path: string, value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw invalid(path.slice(0, 200), `Nested deeper than ${MAX_DEPTH} levels.`)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalid(path, `${path} is larger than a number can be.`, { allowed: 'a double, or text' })
  }
  if (Array.isArray(value)) return value.map((item, index) => free(`${path}[${index}]`, item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, free(`${path}.${key}`, item, depth + 1)]),
  )
}
