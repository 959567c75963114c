import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_'
const LENGTH = 40
const TOKEN_SHAPE = /^exp-[A-Za-z0-9_]{40}$/

/** A new token: `exp-` and 40 word characters, the one shape that the MLflow, DVC and W&B clients all accept. */
export function newToken(): string {
  return `exp-${Array.from(letters(LENGTH)).join('')}`
}

/** Random letters. Bytes beyond the alphabet are skipped, so that every letter is equally likely. */
function* letters(count: number): Generator<string> {
  while (count > 0) {
    for (const byte of randomBytes(count * 2)) {
      const letter = ALPHABET[byte & 63]
      if (letter === undefined) continue
      yield letter
      if (--count === 0) return
    }
  }
}

export function looksLikeToken(text: string): boolean {
  return TOKEN_SHAPE.test(text)
}

/** The hash that the database stores of a token or session id. Both are random, so they need no salt. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret)
}

/** Compares in constant time, so that the duration does not reveal where the first difference is. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'))
}
