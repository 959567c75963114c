import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { applicationName } from '../config.ts'
import { preparingPool } from './statements.ts'
import { toStep } from './step.ts'
import type { Database } from './tables.ts'

const INT8 = 20
const INT8_ARRAY = 1016
const UUID = 2950

/** Bigints as steps (exact, see step.ts), run ids without dashes, other types as pg parses them. */
function columnTypes(): pg.CustomTypesConfig {
  const parsers: Record<number, (value: string) => unknown> = {
    [INT8]: toStep,
    [INT8_ARRAY]: (value) => (value === '{}' ? [] : value.slice(1, -1).split(',').map(toStep)),
    [UUID]: (value) => value.replaceAll('-', ''),
  }
  const getTypeParser = (oid: number, format?: string) =>
    parsers[oid] ?? pg.types.getTypeParser(oid, format as 'text')
  return { getTypeParser }
}

export interface PoolOptions {
  url: string
  max?: number
  onError(error: Error): void
}

/** A pool on the given server. Idle connections that drop are reported, never thrown. */
export function createPool({ url, max = 20, onError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types: columnTypes(),
    keepAlive: true,
    pipeline: true,
    connectionTimeoutMillis: 5_000,
    application_name: applicationName('main'),
  })
  pool.on('error', onError)
  // A client that loses its connection while it is in use emits 'error'; without a listener that ends the process.
  pool.on('connect', (client) => void client.on('error', onError))
  return pool
}

export function createDb(pool: pg.Pool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: preparingPool(pool) }) })
}
