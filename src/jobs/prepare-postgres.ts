import { DEFAULT_SCHEMA, runMigrations } from 'bullmq'
import pg from 'pg'

/** Connections of BullMQ's own backend: its tables live in a schema of their own, and pg's plain types suit it. */
export function createQueuePool(url: string, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 6,
    onConnect: (client): unknown => chooseSchema(client),
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: 'expediter queue',
  })
  pool.on('error', onError)
  pool.on('connect', (client) => void client.on('error', onError))
  return pool
}

/**
 * By a statement, not by `options`: those of the URL, which some hosts ask for, would take their place. The pool waits
 * for it, though its types do not tell.
 */
async function chooseSchema(client: pg.ClientBase): Promise<void> {
  await client.query(`set search_path to ${DEFAULT_SCHEMA}`)
}

/** Makes or updates BullMQ's schema; processes that start together take turns. Needs the right to create a schema. */
export async function prepareQueueSchema(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
}
