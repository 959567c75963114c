/** `npm run schema`: migrates an empty database on a PostgreSQL of its own and writes migrations/schema.sql from it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { migrateToLatest } from '../src/db/migrate.ts'
import { readSchema } from './read-schema.ts'

const FILE = path.resolve(import.meta.dirname, '../migrations/schema.sql')

const dataDir = await mkdtemp(path.join(os.tmpdir(), 'expediter-schema-'))
const server = await startEmbeddedPostgres({ dataDir, log: console, settings: ['fsync=off'] })
try {
  await migrateToLatest(server.url)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await writeFile(FILE, await readSchema(client))
  await client.end()
} finally {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}
