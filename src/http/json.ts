/** JSON as this API speaks it: 64-bit integers stay exact both ways, and non-finite numbers travel as words. */

const INTEGER = /^-?\d+$/

/** Whether JSON.parse met a number that may be an integer which a double does not hold. However deep it is nested. */
export function hasLongIntegers(parsed: unknown): boolean {
  const open: unknown[] = [parsed]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const values = Array.isArray(next)
      ? next
      : typeof next === 'object' && next !== null
        ? Object.values(next)
        : [next]
    for (const value of values) {
      if (typeof value === 'number') {
        if (value >= TWO_TO_53 || value <= -TWO_TO_53) return true
      } else if (typeof value === 'object' && value !== null) open.push(value)
    }
  }
  return false
}

const TWO_TO_53 = 2 ** 53

/** Like JSON.parse, but integers beyond 2^53 become bigints. Slower: only for texts that have such integers. */
export function parseExact(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const source = context?.source ?? ''
    return INTEGER.test(source) ? BigInt(source) : value
  }
  return JSON.parse(text, reviver)
}

/** NaN and the infinities as their words, bigints as plain numbers of any length. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, replacer)
}

const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'bigint' ? rawJSON(String(value)) : value
}

/** Escapes after which a look at every string is worth it. */
const SUSPICIOUS = /\\u(?:0000|005[fF]|[dD][89a-fA-F])/

export interface BadText {
  field: string
  problem: string
}

/**
 * Finds what Postgres cannot store (the character NUL, half a surrogate pair) and the key that would change an
 * object instead of being in it.
 */
export function findBadText(text: string, parsed: unknown): BadText | undefined {
  // The plain searches first: over a large body they take a tenth of the expression's time.
  const suspicious = text.includes('__proto__') || (text.includes('\\u') && SUSPICIOUS.test(text))
  return suspicious ? search(parsed) : undefined
}

function search(parsed: unknown): BadText | undefined {
  const open: { value: unknown; path: string }[] = [{ value: parsed, path: '' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next
    if (typeof value === 'string') {
      const problem = problemOf(value)
      if (problem !== undefined) return { field: path, problem }
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => open.push({ value: item, path: `${path}[${index}]` }))
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        const field = path === '' ? key : `${path}.${key}`
        const problem = key === '__proto__' ? 'is a name that cannot be used' : problemOf(key)
        if (problem !== undefined) return { field: printable(field), problem }
        open.push({ value: item, path: field })
      }
    }
  }
  return undefined
}

/** Why a text cannot be stored, or undefined. */
export function problemOf(text: string): string | undefined {
  if (text.includes('\0')) return 'holds the character NUL (\\u0000), which cannot be stored'
  if (!text.isWellFormed()) return 'holds half a surrogate pair, which is not a character'
  return undefined
}

function printable(field: string): string {
  return field.toWellFormed().replaceAll('\0', '\\u0000')
}
