import { KEY_VALUE, SHAPES } from './shapes.ts'

export interface Masker {
  maskText(text: string): string
  /** The same value with every text in it masked; dates and the like stay what they are. */
  maskDeep<T>(value: T): T
}

export const MASK = '[masked]'
/** A configured secret shorter than this would mask ordinary words. */
const SHORTEST = 8

/**
 * Removes secrets from whatever is about to be stored, logged or sent: known shapes, `password=`-like pairs, and
 * the configured secrets by value.
 */
export function createMasker(configured: string[]): Masker {
  const values = configured
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length)
  const maskText = (text: string): string => {
    let masked = text
    for (const value of values) masked = masked.replaceAll(value, MASK)
    for (const { pattern, replacement } of SHAPES) masked = masked.replace(pattern, replacement ?? MASK)
    return masked.replace(KEY_VALUE, (_all, key: string, separator: string) => `${key}${separator}${MASK}`)
  }
  return { maskText, maskDeep: (value) => deep(value, maskText) }
}

const SECRET_KEY =
  /^(?:.*[_.-])?(?:password|passwd|passphrase|pwd|secret|secret_key|secret_access_key|api_?key|apikey|access_token|auth_token|private_key|credentials?)$/i

function deep<T>(value: T, maskText: (text: string) => string): T {
  if (typeof value === 'string') return maskText(value) as T
  if (Array.isArray(value)) return value.map((one) => deep(one, maskText)) as T
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      maskText(key),
      typeof inner === 'string' && inner !== '' && SECRET_KEY.test(key) ? MASK : deep(inner, maskText),
    ]),
  ) as T
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
