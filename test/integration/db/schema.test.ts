import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import { readSchema } from '../../../tools/read-schema.ts'
import { createTestDatabase } from '../../support/postgres.ts'

const FILE = path.resolve(import.meta.dirname, '../../../migrations/schema.sql')

it('is the schema that the migrations make', async () => {
  const database = await createTestDatabase()
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const schema = await readSchema(client)
  await client.query('alter table runs add column colour text')
  expect(await readSchema(client), 'a column more').toContain('  colour text,\n')
  await client.end()
  await database.drop()
  expect(readFileSync(FILE, 'utf8'), 'migrations/schema.sql is old: run `npm run schema`').toBe(schema)
})
