import { MASK } from './mask.ts'
import { isHarmless, isSecretName, maskPairs } from './pairs.ts'
import { endOfKey, leavesKeyOpen, maskKeys } from './pem.ts'
import { SHAPES } from './shapes.ts'

export interface Masker {
  maskText(text: string): string
  /** The same value with every text in it masked; dates and the like stay what they are. */
  maskDeep<T>(value: T): T
}

/** A configured secret shorter than this would mask ordinary words. */
const SHORTEST = 8
/** Most names and values of params; no shape is so short without another character, and no pair without a space. */
const PLAIN_WORD = /^\w{0,17}$/

/**
 * Removes secrets from values that are about to be stored, logged or sent: known shapes, `password=`-like pairs, and
 * the configured secrets by value, also as JSON or an address writes them.
 */
export function createMasker(configured: string[]): Masker {
  const values = configured
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .toSorted((a, b) => b.length - a.length)
  const distinct = [...new Set(values)]
  const maskText = (text: string): string => {
    let masked = text
    for (const value of distinct) masked = masked.replaceAll(value, MASK)
    if (PLAIN_WORD.test(masked)) return masked
    masked = maskKeys(masked, MASK)
    for (const { pattern, replacement } of SHAPES) masked = masked.replace(pattern, replacement ?? MASK)
    return maskPairs(masked)
  }
  return { maskText, maskDeep: (value) => deep(value, maskText) }
}

type MaskText = (text: string) => string

function deep<T>(value: T, maskText: MaskText): T {
  if (typeof value === 'string') return maskText(value) as T
  if (Array.isArray(value)) return deepList(value, maskText) as T
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      maskText(name),
      isSecretName(name) ? hide(name, inner, maskText) : deep(inner, maskText),
    ]),
  ) as T
}

/** A private key may be spread over lines: all between its first and its last is hidden. */
function deepList(list: unknown[], maskText: MaskText): unknown[] {
  let open = false
  return list.map((item) => {
    if (typeof item !== 'string') return deep(item, maskText)
    const end = open ? endOfKey(item) : 0
    if (end === undefined) return MASK
    const rest = item.slice(end)
    const text = (open ? MASK : '') + maskText(rest)
    open = leavesKeyOpen(rest)
    return text
  })
}

/** Under a secret's name: every text and number, in lists too. */
function hide(name: string, value: unknown, maskText: MaskText): unknown {
  if (Array.isArray(value)) return value.map((item) => hide(name, item, maskText))
  if (typeof value !== 'string' && typeof value !== 'number') return deep(value, maskText)
  return isHarmless(name, String(value)) ? value : MASK
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
