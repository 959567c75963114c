import path from 'node:path'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { withClient } from '../../test/support/with-client.ts'
import type { Bench } from './measure.ts'

export interface BenchServer {
  /** A new, empty database with today's schema on this server. */
  createDatabase(name: string): Promise<string>
  /** The same without a schema, for a build that makes its own. */
  createEmpty(name: string): Promise<string>
  url: string
  stop(): Promise<void>
}

/** The embedded PostgreSQL with the settings that users get; fsync is looked at, not believed. */
export async function startPostgres(bench: Bench, name: string): Promise<BenchServer> {
  const log = { warn: console.warn, error: console.error }
  const server = await startEmbeddedPostgres({ dataDir: path.join(bench.folder, name), log })
  bench.onEnd(() => server.stop())
  await withClient(server.url, async (client) => {
    const { rows } = await client.query<{ fsync: string; commit: string }>(
      "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
    )
    if (rows[0]?.fsync !== 'on' || rows[0].commit !== 'on')
      throw new Error('fsync is off: nothing here would count.')
  })
  const createEmpty = async (database: string) => {
    await withClient(server.url, async (client) => void (await client.query(`create database ${database}`)))
    const url = new URL(server.url)
    url.pathname = `/${database}`
    return url.href
  }
  return {
    url: server.url,
    createEmpty,
    createDatabase: async (database) => {
      const url = await createEmpty(database)
      await migrateToLatest(url)
      return url
    },
    stop: () => server.stop(),
  }
}
