import { cut } from './build.ts'

const WORDS_LIMIT = 1_000

/**
 * One line for a block of a kind that this release does not know, as a newer process of a rolling deploy may store it:
 * the words that it carries under the names that our blocks use, else a sentence that says that a part is missing.
 */
export function unknownBlockLine(block: unknown): string {
  const { type, alt, title, text } = (block ?? {}) as Record<string, unknown>
  const words = [alt, text, title].map(wordsOf).find((one) => one.trim() !== '')
  return words === undefined
    ? `A part of this message cannot be shown by this version of Expediter (${cut(String(type), 40)}).`
    : cut(words, WORDS_LIMIT)
}

/** A text, or the texts of a list of inlines; '' for anything else. */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return ''
  return value.map((part) => wordsOf((part as { text?: unknown } | null)?.text)).join('')
}
