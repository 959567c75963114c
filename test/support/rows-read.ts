import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import type { Ctx } from '../../src/context.ts'
import { createPool } from '../../src/db/client.ts'
import { preparingPool } from '../../src/db/statements.ts'
import type { Database } from '../../src/db/tables.ts'
import type { TestContext } from './postgres.ts'

interface Plan {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

/**
 * How many rows of tables and index entries the questions of `work` look at, by table: what an answer costs, whatever
 * the machine is busy with.
 */
export async function rowsRead(
  test: TestContext,
  work: (ctx: Ctx) => Promise<unknown>,
): Promise<Record<string, number>> {
  const asked: CompiledQuery[] = []
  const pool = createPool({ url: test.url, max: 2, onError: () => {} })
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: preparingPool(pool) }),
    log: ({ query }) => void asked.push(query),
  })
  try {
    await work({ ...test.ctx, db })
    const read: Record<string, number> = {}
    for (const { sql, parameters } of asked.slice()) {
      const explained = CompiledQuery.raw(`explain (analyze, format json, timing off) ${sql}`, [
        ...parameters,
      ])
      const { rows } = await db.executeQuery<{ 'QUERY PLAN': { Plan: Plan }[] }>(explained)
      for (const { Plan: plan } of rows[0]?.['QUERY PLAN'] ?? []) count(plan, read)
    }
    return read
  } finally {
    await db.destroy()
  }
}

function count(plan: Plan, read: Record<string, number>): void {
  const table = plan['Relation Name']
  const looks =
    plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
  if (table !== undefined) read[table] = (read[table] ?? 0) + Math.round(looks * plan['Actual Loops'])
  for (const child of plan.Plans ?? []) count(child, read)
}
