import type { ParamValue } from '../../../db/tables.ts'
import { invalid } from '../../../errors.ts'

export const KEY_LIMIT = 250
export const VALUE_LIMIT = 6_000
const COUNT_LIMIT = 10_000

export interface FlatParam {
  name: string
  value: ParamValue
  /** The value as a number where it is one or reads as one, so that '0.01' from MLflow compares with 0.01. */
  number: number | null
}

/**
 * Nested objects become dotted names: `{model: {depth: 18}}` is `model.depth = 18`. Lists stay whole.
 * @throws AppError invalid that names the param
 */
export function flattenParams(params: Record<string, ParamValue>): FlatParam[] {
  const flat = new Map<string, FlatParam>()
  walk(params, '', flat)
  return [...flat.values()]
}

function walk(level: { [key: string]: ParamValue }, prefix: string, flat: Map<string, FlatParam>): void {
  for (const [key, value] of Object.entries(level)) {
    const name = prefix + key
    if (isObject(value) && Object.keys(value).length > 0) walk(value, `${name}.`, flat)
    else add(name, value, flat)
  }
}

function add(name: string, value: ParamValue, flat: Map<string, FlatParam>): void {
  const field = `params.${name}`
  if (name === '' || name.length > KEY_LIMIT) {
    throw invalid(field, `A param's name has 1 to ${KEY_LIMIT} characters.`, { value: name })
  }
  if (flat.has(name)) throw invalid(field, `The param ${name} is given twice, nested and with dots.`)
  if (flat.size === COUNT_LIMIT) throw invalid('params', `A run has at most ${COUNT_LIMIT} params.`)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (text.length > VALUE_LIMIT) {
    throw invalid(
      field,
      `A param's value has at most ${VALUE_LIMIT} characters; this one has ${text.length}.`,
    )
  }
  flat.set(name, { name, value, number: asNumber(value) })
}

/** The number that a value is or reads as; null when it is neither or not finite. */
export function asNumber(value: ParamValue): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || !/^\s*[+-]?(\d|\.\d)/.test(value)) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

function isObject(value: ParamValue): value is { [key: string]: ParamValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
