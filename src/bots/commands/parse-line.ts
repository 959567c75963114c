import { QuerySyntaxError } from '../../domain/query/syntax-error.ts'
import { parseRunRef } from '../../domain/query/run-ref.ts'
import { type ReadWord, readWord } from '../../domain/query/tokenize.ts'

/** A line that begins with runs, and what is said of them. */
export interface RunsAndText {
  /** `churn#12`, `churn#12..20`, `#14`, an id. */
  runs: string[]
  /** What follows: as it was typed, or what its quotes hold; '' for nothing. */
  text: string
  /** The same with its quotes. */
  raw: string
  /** Where the text begins. */
  position: number
}

/**
 * Reads `churn#12..20 #25 before the tokenizer fix`: runs, then free text. What comes in quotes after the first word
 * is text, whatever it looks like. A line that does not begin with a run is all text.
 */
export function parseRuns(line: string): RunsAndText {
  const runs: string[] = []
  let at = 0
  for (;;) {
    const word = nextWord(line, at)
    if (word === undefined || !isRun(word, runs.length === 0)) break
    runs.push(withoutComma(word.text))
    at = word.end
  }
  const position = at + (line.slice(at).length - line.slice(at).trimStart().length)
  const raw = line.slice(position).trim()
  return { runs, text: unquoted(raw), raw, position }
}

/** Free text, and what may follow it. */
export interface TextAndTail {
  text: string
  quoted: boolean
  runs: string[]
  project: string | undefined
  /** The text together with `in <project>`: without quotes that may have been part of it. */
  withProject: string
  top: number | undefined
}

/**
 * Reads `"label smoothing hurts" churn#3 churn#9 in churn` and `dropout helps churn#3`: free text, then in any order
 * runs, a project and `top 5`, each of them only where it ends the line.
 * @throws QuerySyntaxError for words between a text in quotes and its tail
 */
export function parseText(line: string): TextAndTail {
  const words = splitWords(line)
  const tail: Tail = { end: words.length, runs: [], project: undefined, top: undefined, textEnd: undefined }
  while (shortenTail(words, tail)) continue
  const { end, runs, project, top } = tail
  const [first] = words
  const quoted = isQuoted(first)
  const stray = words[1]
  if (quoted && end > 1 && stray !== undefined) {
    throw new QuerySyntaxError(
      stray.text,
      stray.start,
      'runs such as churn#3, or in <project>, after the text',
    )
  }
  const upTo = (count: number) => line.slice(0, words[count - 1]?.end ?? 0).trim()
  const text = quoted ? (first?.text ?? '') : upTo(end)
  return { text, quoted, runs, project, withProject: upTo(tail.textEnd ?? end), top }
}

interface Tail {
  end: number
  runs: string[]
  project: string | undefined
  top: number | undefined
  /** Where `in <project>` ends. */
  textEnd: number | undefined
}

/** Cuts one part off the end; the first word is always text. */
function shortenTail(words: ReadWord[], tail: Tail): boolean {
  const [keyword, last] = [words[tail.end - 2], words[tail.end - 1]]
  if (last === undefined || tail.end < 2) return false
  if (isRun(last, false)) {
    tail.runs.unshift(withoutComma(last.text))
    tail.end -= 1
    return true
  }
  if (keyword === undefined || tail.end < 3 || keyword.quoted) return false
  if (keyword.text.toLowerCase() === 'in' && tail.project === undefined) {
    tail.project = last.text
    tail.textEnd = tail.end
  } else if (
    keyword.text.toLowerCase() === 'top' &&
    tail.top === undefined &&
    /^[1-9]\d{0,2}$/.test(last.text)
  ) {
    tail.top = Number(last.text)
  } else return false
  tail.end -= 2
  return true
}

function isQuoted(word: ReadWord | undefined): boolean {
  return word !== undefined && word.quoted && word.shape.replaceAll('\0', '') === ''
}

function withoutComma(text: string): string {
  return text.replace(/,$/, '')
}

/** All words of a line; quotes hold spaces, one that is not closed is part of its word. */
export function splitWords(line: string): ReadWord[] {
  const words: ReadWord[] = []
  for (let word = nextWord(line, 0); word !== undefined; word = nextWord(line, word.end)) words.push(word)
  return words
}

function nextWord(line: string, from: number): ReadWord | undefined {
  const start = from + (line.slice(from).length - line.slice(from).trimStart().length)
  if (start >= line.length) return undefined
  try {
    return readWord(line, start, false)
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error
    const end = line.slice(start).search(/\s|$/) + start
    return { text: line.slice(start, end), shape: line.slice(start, end), quoted: false, start, end }
  }
}

/** The first word may be an id or all in quotes; a later one is a run by its #, outside of quotes. */
function isRun({ text, shape, quoted }: ReadWord, first: boolean): boolean {
  const plain = withoutComma(text)
  const ref = parseRunRef(plain)
  if (ref === undefined) return false
  if (first) return ref.kind === 'id' ? !quoted : true
  if (ref.kind === 'id') return !quoted && plain.length >= 8 && /\d/.test(plain)
  return shape.includes('#')
}

/** What the quotes hold, where they hold all of it. */
function unquoted(text: string): string {
  const word = nextWord(text, 0)
  return word !== undefined && word.end === text.length && isQuoted(word) ? word.text : text
}
