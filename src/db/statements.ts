import { CompiledQuery, type PostgresPool, type PostgresPoolClient, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Database } from './tables.ts'

const NAME = /^\/\* ([\w-]+) \*\//

/**
 * A pool in which a statement that begins with a name in a comment is prepared once per connection: the ones that
 * run a thousand times a second are then parsed and planned a few times only. One name, one text.
 */
export function preparingPool(pool: pg.Pool): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    connect: async () => {
      const client = await pool.connect()
      let preparing = clients.get(client)
      if (preparing === undefined) clients.set(client, (preparing = preparingClient(client)))
      return preparing
    },
    end: () => pool.end(),
  }
}

function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  const query = (text: string, values: unknown[]) => {
    const name = NAME.exec(text)?.[1]
    return name === undefined ? client.query(text, values) : client.query({ name, text, values })
  }
  return { query, release: () => client.release() } as unknown as PostgresPoolClient
}

/** Runs a constant text: no query builder in between, which on the busiest paths costs more than the statement. */
export async function runStatement<Row>(
  trx: Pick<Transaction<Database>, 'executeQuery'>,
  text: string,
  parameters: unknown[],
): Promise<Row[]> {
  return (await trx.executeQuery<Row>(CompiledQuery.raw(text, parameters))).rows
}

/**
 * Inserts rows in their order with one prepared statement, however many they are. Fields are named as their
 * columns; values are whatever JSON says to the column's type: NaN and bigints as text.
 * @param conflict the `on conflict` clause; a table has one
 */
export async function insertRows<T extends keyof Database>(
  trx: Transaction<Database>,
  table: T,
  columns: readonly (keyof Database[T] & string)[],
  rows: Partial<Record<keyof Database[T], unknown>>[],
  conflict = '',
): Promise<void> {
  if (rows.length === 0) return
  const list = columns.join(', ')
  const text = `/* insert-${table} */ insert into ${table} (${list})
    select ${list} from json_populate_recordset(null::${table}, $1::json) ${conflict}`
  await runStatement(trx, text, [JSON.stringify(rows)])
}

/** A double as JSON and Postgres both read it to the bit: JSON has no NaN, and drops the sign of -0. */
export function exactDouble(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value)
}
