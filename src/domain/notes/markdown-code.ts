import type { Token, Tokens } from 'marked'

/** What people write behind a fence to say how its code is coloured; it need not be read. */
const LANGUAGES = new Set(
  [
    'bash c cfg conf console cpp cs css csv cu cuda cython diff dockerfile f90 fortran go hcl html ini ipython java',
    'javascript jl js json jsonl julia kotlin latex log lua make makefile markdown matlab md patch perl php plain proto',
    'protobuf py pycon python python3 r rb ruby rs rust scala sh shell sql swift tex text toml ts tsv txt typescript xml',
    'yaml yml zsh',
  ].flatMap((line) => line.split(' ')),
)

/** Code as it stands, and tables, whose columns are aligned as they were typed; undefined for everything else. */
export function codeOf(token: Token): string | undefined {
  if (token.type === 'table') return token.raw.trimEnd()
  if (token.type !== 'code') return undefined
  const { text, raw, codeBlockStyle } = token as Tokens.Code
  const info = codeBlockStyle === 'indented' ? '' : (/^[ \t]*(?:`+|~+)([^\n]*)/.exec(raw)?.[1] ?? '').trim()
  // In chat code begins right behind its fence: only what is surely a language is left out.
  const code = info === '' || LANGUAGES.has(info.toLowerCase()) ? text : `${info}\n${text}`
  return code.trim() === '' ? undefined : code
}

/** Chat ends code with a fence at the end of its last line, markdown with one that has a line to itself. */
export function withFencesApart(text: string): string {
  return text.replace(/^([ \t]*```[^`\n]*\n(?:(?!```)[^])*\S[ \t]*)```[ \t]*$/gm, '$1\n```')
}
