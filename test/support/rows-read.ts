import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import type { Ctx } from '../../src/context.ts'
import { createPool } from '../../src/db/client.ts'
import { preparingPool } from '../../src/db/statements.ts'
import type { Database } from '../../src/db/tables.ts'
import type { TestContext } from './postgres.ts'

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

interface Look {
  table: string
  /** As PostgreSQL calls it: `Index Only Scan` looks at no row of the table. */
  by: string
  /** Rows of the table or entries of its index. */
  rows: number
}

/** What the questions of `work` look at: what an answer costs, whatever the machine is busy with. */
export async function looksOf(test: TestContext, work: (ctx: Ctx) => Promise<unknown>): Promise<Look[]> {
  const asked: CompiledQuery[] = []
  const pool = createPool({ url: test.url, max: 2, onError: () => {} })
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: preparingPool(pool) }),
    log: ({ query }) => void asked.push(query),
  })
  try {
    await work({ ...test.ctx, db })
    const looks: Look[] = []
    for (const { sql, parameters } of asked.slice()) {
      const explained = CompiledQuery.raw(`explain (analyze, format json, timing off) ${sql}`, [
        ...parameters,
      ])
      const { rows } = await db.executeQuery<{ 'QUERY PLAN': { Plan: Plan }[] }>(explained)
      for (const { Plan: plan } of rows[0]?.['QUERY PLAN'] ?? []) collect(plan, looks)
    }
    return looks
  } finally {
    await db.destroy()
  }
}

/** How many of them, by table. */
export async function rowsRead(
  test: TestContext,
  work: (ctx: Ctx) => Promise<unknown>,
): Promise<Record<string, number>> {
  const read: Record<string, number> = {}
  for (const { table, rows } of await looksOf(test, work)) read[table] = (read[table] ?? 0) + rows
  return read
}

function collect(plan: Plan, looks: Look[]): void {
  const table = plan['Relation Name']
  const rows =
    plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
  if (table !== undefined)
    looks.push({ table, by: plan['Node Type'], rows: Math.round(rows * plan['Actual Loops']) })
  for (const child of plan.Plans ?? []) collect(child, looks)
}
