import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { DEFAULT_QUEUE } from '../../src/config.ts'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { prepareQueueSchema } from '../../src/jobs/prepare-postgres.ts'
import { serverFolder } from './server-folder.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's address of the server that all tests share. */
    postgresUrl: string
  }
}

export const TEMPLATE = 'expediter_template'

/** One real PostgreSQL for the whole run (or TEST_DATABASE_URL), with a migrated template that test files clone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL']
  const folder = await mkdtemp(path.join(await serverFolder(), 'expediter-test-'))
  const quiet = { warn: console.warn, error: console.error }
  const server =
    given === undefined
      ? // Nothing here has to survive a power cut; durability has its own tests.
        await startEmbeddedPostgres({
          dataDir: folder,
          log: quiet,
          settings: ['fsync=off', 'full_page_writes=off', 'max_connections=300', 'max_wal_size=256MB'],
        })
      : undefined
  const url = given ?? server?.url ?? ''
  await createTemplate(url)
  project.provide('postgresUrl', url)
  return async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function createTemplate(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(`drop database if exists ${TEMPLATE} with (force)`)
  await admin.query(`create database ${TEMPLATE}`)
  await admin.end()
  const template = new URL(url)
  template.pathname = `/${TEMPLATE}`
  await migrateToLatest(template.href)
  await prepareQueueSchema(template.href, DEFAULT_QUEUE.schema)
}
