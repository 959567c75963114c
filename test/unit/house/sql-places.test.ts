import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const SRC = path.resolve(import.meta.dirname, '../../../src')
/** Folders that reach the database through verbs of the domain alone; `ctx.db` may be handed on to one. */
const WITHOUT_SQL = [
  '{app,bots,http,cli,messages,charts}/**/*.ts',
  '{app,main,config,context,clock,errors,logger}.ts',
]
const SQL = /\bctx\.db\.\w|\bsql(`|<)|\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(/

function sqlIn(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (SQL.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []))
}

it('finds a query', () => {
  const planted = [
    "await ctx.db.selectFrom('runs').execute()",
    "  .deleteFrom('runs')",
    'await sql`select 1`.execute(db)',
    'await ctx.db.transaction().execute(work)',
  ]
  for (const line of planted)
    expect(sqlIn('http/planted.ts', `\n${line}`)).toEqual([`http/planted.ts:2 ${line.trim()}`])
  expect(sqlIn('http/route.ts', 'const { metrics } = await primaryMetrics(ctx.db, projectId)')).toEqual([])
})

it('queries stand in domain, points, db and jobs: put the query into a verb of src/domain', () => {
  const files = globSync(WITHOUT_SQL, { cwd: SRC }).map((file) => file.replaceAll(path.sep, '/'))
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap((file) => sqlIn(file, readFileSync(path.join(SRC, file), 'utf8')))).toEqual([])
})
