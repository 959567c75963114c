import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { createDb, createPool } from '../../../src/db/client.ts'
import { createMigrator } from '../../../src/db/migrate.ts'
import { createTestDatabase } from '../../support/postgres.ts'

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
  const migrator = createMigrator(db)
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
