import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { createDb, createPool } from '../../../src/db/client.ts'
import { createMigrator } from '../../../src/db/migrate.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { compactRuns } from '../../../src/points/compact-runs.ts'
import { readSeries } from '../../../src/points/read-points.ts'
import { createTestContext, createTestDatabase } from '../../support/postgres.ts'
import { logPoints, startRun, updateRun } from '../../support/write-one.ts'

it('goes down to nothing and up again to the same schema', async () => {
  const database = await createTestDatabase()
  const db = createDb(createPool({ url: database.url, max: 2, onError: () => {} }))
  const shape = async () =>
    (
      await sql<{ line: string }>`
        select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as line
        from information_schema.columns where table_schema = 'public' and table_name not like 'kysely%' order by line`.execute(
        db,
      )
    ).rows.map(({ line }) => line)
  const indexes = async () =>
    (
      await sql<{
        indexdef: string
      }>`select indexdef from pg_indexes where schemaname = 'public' and tablename not like 'kysely%' order by 1`.execute(
        db,
      )
    ).rows
  const migrator = await createMigrator(db)
  const [before, beforeIndexes] = [await shape(), await indexes()]
  expect(before.length).toBeGreaterThan(100)
  const names = (await migrator.getMigrations()).map(({ name }) => name)
  for (const name of names) expect(name).toMatch(/^\d{8}T\d{6}_[a-z_]+$/)
  for (let step = 0; step < names.length; step++) expect((await migrator.migrateDown()).error).toBeUndefined()
  expect(await shape()).toEqual([])
  expect((await migrator.migrateToLatest()).error).toBeUndefined()
  expect(await shape()).toEqual(before)
  expect(await indexes()).toEqual(beforeIndexes)
  await db.destroy()
  await database.drop()
})

it('keeps every point, whichever way the tables of points change', async () => {
  const test = await createTestContext()
  const actor = { name: 'ana', origin: 'test' }
  const { key } = await transaction(test.db, (trx) => startRun(trx, test.ctx, actor, { project: 'churn' }))
  const steps = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)
  for (const [from, count] of [
    [0, 600],
    [600, 1],
    [601, 1],
    [602, 40],
  ] as const) {
    const all = steps(from, count)
    const series = { name: 'loss', steps: all, times: all, values: all.map((step) => step / 3) }
    await logPoints(test.ctx, key, [series])
  }
  const metric = await test.db.selectFrom('metrics').select('id').executeTakeFirstOrThrow()
  const read = async () => (await readSeries(test.ctx, key, metric.id)).points
  const before = await read()
  expect(before.steps).toEqual(steps(0, 642))
  const migrator = await createMigrator(test.db)
  const refused = await migrator.migrateDown()
  expect(String(refused.error)).toContain('end all runs')
  await transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, key, { status: 'finished' }))
  await compactRuns(test.ctx)
  const names = (await migrator.getMigrations()).map(({ name }) => name)
  const first = names.indexOf('20261124T140000_points')
  for (const target of names.slice(first - 1, -1).toReversed()) {
    expect((await migrator.migrateTo(target)).error).toBeUndefined()
    expect((await migrator.migrateToLatest()).error).toBeUndefined()
    expect(await read()).toEqual(before)
  }
  await test.close()
})
