import { promises as fs } from 'node:fs'
import path from 'node:path'
import { type Kysely, sql } from 'kysely'
import { FileMigrationProvider, type MigrationResult, Migrator } from 'kysely/migration'
import { createDb, createPool } from './client.ts'
import type { Database } from './tables.ts'

const MIGRATIONS = path.resolve(import.meta.dirname, '../../migrations')

/** Of the schema that unqualified names mean: other schemas of the database may hold the tables of other teams. */
export async function createMigrator(db: Kysely<Database>): Promise<Migrator> {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db)
  return new Migrator({
    db,
    provider: new FileMigrationProvider({ fs, path, migrationFolder: MIGRATIONS }),
    migrationTableSchema: rows[0]?.schema ?? 'public',
  })
}

/**
 * Brings the database at `url` to the newest schema; processes that start together wait for the first one.
 * @returns the names of the migrations that ran now
 * @throws the first migration's own error, with the schema as it was before
 */
export async function migrateToLatest(url: string): Promise<string[]> {
  const db = createDb(createPool({ url, max: 2, onError: () => {} }))
  try {
    return report(await (await createMigrator(db)).migrateToLatest())
  } finally {
    await db.destroy()
  }
}

function report({ error, results }: { error?: unknown; results?: MigrationResult[] }): string[] {
  if (error !== undefined) throw error
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
}
