import type { Tone } from './model.ts'

/** Control characters, and the ones that turn the direction of text or hide in it; line breaks and tabs aside. */
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Text that shows what it is: nothing that controls, reorders or hides. Line breaks stay. */
export function cleanText(text: string): string {
  return text.replace(INVISIBLE, '').replace(LONE_SURROGATE, '\ufffd')
}

/** The same on one line. */
export function cleanLine(text: string, { trim = true }: { trim?: boolean } = {}): string {
  const line = cleanText(text).replace(/[\s\u00a0]+/g, ' ')
  return trim ? line.trim() : line
}

/** A tone in words, beside the colour that a platform gives it; nothing for the ones that need no word. */
export function toneWord(tone: Tone): string | undefined {
  switch (tone) {
    case 'neutral':
    case 'good':
      return undefined
    case 'warning':
      return '⚠ Note'
    case 'bad':
      return '✖ Problem'
    default:
      return tone satisfies never
  }
}
