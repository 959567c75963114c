import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { analyzeYoungTables } from '../../../src/jobs/handlers/analyze-young-tables.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
  // Its own rounds would come in between.
  await sql`alter table projects set (autovacuum_enabled = false)`.execute(test.db)
})
afterAll(() => test.close())

/** New projects, told to the statistics at once instead of within a second. */
async function addProjects(count: number): Promise<void> {
  await test.db.connection().execute(async (connection) => {
    await sql`insert into projects (name, created_at)
      select gen_random_uuid()::text, now() from generate_series(1, ${count})`.execute(connection)
    await sql`select pg_stat_force_next_flush()`.execute(connection)
    await sql`select 1`.execute(connection)
  })
}

/** What the planner believes of the table; -1 before it was ever looked at. */
async function believed(): Promise<number> {
  const { rows } = await sql<{ rows: number }>`
    select reltuples::float8 as rows from pg_class where oid = 'projects'::regclass`.execute(test.db)
  return rows[0]?.rows ?? Number.NaN
}

it('tells the planner of a young table that grew by half, and leaves it alone until it does so again', async () => {
  await addProjects(150)
  await analyzeYoungTables(test.ctx)
  expect(await believed()).toBe(-1)
  await addProjects(850)
  await analyzeYoungTables(test.ctx)
  expect(await believed()).toBe(1_000)
  await addProjects(400)
  await analyzeYoungTables(test.ctx)
  expect(await believed()).toBe(1_000)
  await addProjects(200)
  await analyzeYoungTables(test.ctx)
  expect(await believed()).toBe(1_600)
})
