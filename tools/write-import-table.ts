/** `npm run imports`: writes the linter's import rules and the table in ARCHITECTURE.md from import-table.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOORS, PARTS, type PartName, type Row, ROWS } from './import-table.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const BEGIN = '<!-- imports: written by npm run imports -->'
const END = '<!-- /imports -->'

interface Pattern {
  regex?: string
  group?: string[]
  message: string
}

/** The texts that are made from the table, by file. `.oxlintrc.json` extends the linter's rules. */
export function importTableFiles(): Record<string, string> {
  const overrides = ROWS.map((row) => ({
    files: [`src/${row.files}${row.files.endsWith('.ts') ? '' : '/**'}`],
    rules: { 'eslint/no-restricted-imports': ['error', { patterns: patternsOf(row) }] },
  }))
  return {
    '.oxlint-imports.json': `${JSON.stringify({ overrides }, null, 1)}\n`,
    'ARCHITECTURE.md': architecture(),
  }
}

/** A folder that may not be imported at all needs no door. */
function patternsOf(row: Row): Pattern[] {
  if (row.alone) return [{ regex: '^(\\.\\./|[^.])', message: row.alone }]
  const doors = Object.entries(DOORS).filter(
    ([folder]) => folder !== row.files && !row.never.includes(folder as PartName),
  )
  return [
    ...row.never.map((name) => patternOf(name, row.but?.[name])),
    ...doors.map(([folder, { door, instead }]) => allBut(folder, door, instead)),
  ]
}

function patternOf(name: PartName, but?: string[]): Pattern {
  const part: { path?: string; packages?: string[]; instead: string } = PARTS[name]
  if (but) return allBut(name, but, part.instead)
  if (part.path?.startsWith('^')) return { regex: part.path, message: part.instead }
  if (part.path) return { regex: `^\\.\\.?/(.*/)?${part.path}`, message: part.instead }
  const names = (part.packages ?? []).map((one) => one.replaceAll('.', '\\.'))
  return { regex: `^(${names.join('|')})(/|$)`, message: part.instead }
}

/** The linter's regular expressions cannot look ahead, so exceptions are globs. */
function allBut(folder: string, but: string[], message: string): Pattern {
  return { group: [`**/${folder}/**`, ...but.map((file) => `!**/${folder}/${file}`)], message }
}

function architecture(): string {
  const text = readFileSync(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  const [before, rest] = text.split(`${BEGIN}\n`)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`ARCHITECTURE.md lacks ${BEGIN} or ${END}`)
  const lines = [
    '| files of `src` | what is there | may import | never imports |',
    '| --- | --- | --- | --- |',
    ...ROWS.map((row) => `| \`${row.files}\` | ${row.holds} | ${row.may} | ${neverOf(row)} |`),
  ]
  return `${before}${BEGIN}\n\n${lines.join('\n')}\n\n${END}${after}`
}

function neverOf(row: Row): string {
  if (row.alone) return 'anything else'
  const excepted = (files: string[] = []) =>
    files.map((file) => `\`${file.replace(/\.ts$/, '')}\``).join(', ')
  return row.never
    .map((name) => (row.but?.[name] ? `${name} (but ${excepted(row.but[name])})` : name))
    .join(', ')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(importTableFiles())) writeFileSync(path.join(ROOT, name), text)
}
