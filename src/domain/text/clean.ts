/** Control characters, and the ones that turn the direction of text or hide in it. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu

/** A name as it may be shown: well-formed, on one line, without characters that control, reorder or hide. */
export function cleanName(name: string): string {
  return name.toWellFormed().replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim()
}

/**
 * A log line without what differs from run to run (numbers, addresses, paths, quoted names stay): two runs that
 * died of the same error give the same text.
 */
export function maskVolatile(line: string): string {
  return cleanName(line)
    .replace(/0x[0-9a-f]+/gi, '<address>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/\b(?=[a-f]{0,63}\d)[0-9a-f]{12,64}\b/gi, '<id>')
    .replace(/(?:[A-Za-z]:)?(?:[\\/][^\s\\/:'",;)\]}]+){2,}/g, '<path>')
    .replace(/[+-]?\d+(?:[.,:]\d+)*(?:e[+-]?\d+)?/gi, '<n>')
}
