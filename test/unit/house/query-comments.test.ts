import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const SRC = path.join(ROOT, 'src')
/** SQL that only makes sense as a hint; a file that has it says which hint it is. */
const HINT_SQL =
  /\boffset 0\b|\benable_\w+'|plan_cache_mode|metric_summaries_(ended|running) summary|any\(array\(\s*select|order by \S+ \+ 0\b/
const NAMES = /([\w-]+(?:, [\w-]+)*)/.source

interface File {
  name: string
  text: string
}

function sources(): File[] {
  const names = globSync('**/*.ts', { cwd: SRC }).map((file) => file.replaceAll(path.sep, '/'))
  return names.map((name) => ({ name, text: readFileSync(path.join(SRC, name), 'utf8') }))
}

/** The names behind `// <word>: a, b` in a file. */
function named(word: string, text: string): string[] {
  const comments = text.matchAll(new RegExp(`^\\s*// ${word}: ${NAMES}`, 'gm'))
  return [...new Set([...comments].flatMap(([, names = '']) => names.split(', ')))]
}

/** 'name file' for each row and file of the page. */
function listed(page: string): string[] {
  const rows = page.matchAll(/^\| `([\w-]+)` \| (.*?) \|/gm)
  return [...rows].flatMap(([, name, files = '']) =>
    [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => `${name} ${file}`),
  )
}

function unsaid({ name, text }: File): string[] {
  return HINT_SQL.test(text) && named('planner-hint', text).length === 0 ? [name] : []
}

it('planner hints are on one page, and the page lists no others', () => {
  const inCode = sources().flatMap(({ name, text }) =>
    named('planner-hint', text).map((hint) => `${hint} ${name}`),
  )
  const page = readFileSync(path.join(ROOT, 'docs/planner-hints.md'), 'utf8')
  expect(inCode.length).toBeGreaterThan(20)
  expect(inCode.toSorted(), 'docs/planner-hints.md').toEqual(listed(page).toSorted())
})

it('SQL that is a hint is called one', () => {
  expect(unsaid({ name: 'planted.ts', text: 'sql`select 1 offset 0`' })).toEqual(['planted.ts'])
  expect(unsaid({ name: 'planted.ts', text: '// planner-hint: planted\nsql`select 1 offset 0`' })).toEqual([])
  expect(sources().flatMap(unsaid), 'write `// planner-hint: <name>` beside it').toEqual([])
})

it('an index that a query depends on exists', () => {
  const schema = readFileSync(path.join(ROOT, 'migrations/schema.sql'), 'utf8')
  const exists = (name: string) => new RegExp(`(index|constraint) ${name} `).test(schema)
  const needed = sources().flatMap(({ name, text }) => named('index', text).map((index) => ({ name, index })))
  expect(needed.length).toBeGreaterThan(20)
  expect(exists('runs_by_nothing')).toBe(false)
  expect(needed.filter(({ index }) => !exists(index))).toEqual([])
})
