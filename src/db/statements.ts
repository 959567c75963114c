import { CompiledQuery, type PostgresPool, type PostgresPoolClient, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Database } from './tables.ts'

const MARK = /^\/\* ([\w-]+)(, later)? \*\//

/**
 * A pool that spares what costs most on busy paths. A statement that begins with a name in a comment is prepared once
 * per connection. One that is marked `later` is sent together with the next statement whose result somebody waits
 * for: a transaction then costs a few round trips, not one per statement. One name, one text.
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

const NOTHING = { command: 'UPDATE', rowCount: 0, rows: [] }

/** The pool's connections are in pipeline mode: what is sent in one go is answered in its order. */
function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  let waiting: pg.QueryConfig[] = []
  let inTransaction = false
  const query = async (text: string, values: unknown[]) => {
    const [, name, later] = MARK.exec(text) ?? []
    const config = name === undefined ? { text, values } : { name, text, values }
    if (text === 'begin') inTransaction = true
    if (text === 'begin' || (inTransaction && later !== undefined)) {
      waiting.push(config)
      return NOTHING
    }
    if (text === 'commit' || text === 'rollback') inTransaction = false
    const sent = waiting.map((one) => client.query(one))
    waiting = []
    const result = client.query(config)
    await settle([...sent, result])
    return await result
  }
  return { query, release: () => client.release() } as unknown as PostgresPoolClient
}

/** A commit after a failed statement is a rollback, and says nothing: the first error is what happened. */
async function settle(queries: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(queries))
    if (outcome.status === 'rejected') throw outcome.reason
}

/**
 * Runs a constant text: no query builder in between, which on the busiest paths costs more than the statement.
 * A text marked `later` gives no rows, and its error comes with a later statement, at the latest with the commit.
 */
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
  const text = `/* insert-${table}, later */ insert into ${table} (${list})
    select ${list} from json_populate_recordset(null::${table}, $1::json) ${conflict}`
  await runStatement(trx, text, [JSON.stringify(rows)])
}

/** A double as JSON and Postgres both read it to the bit: JSON has no NaN, and drops the sign of -0. */
export function exactDouble(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value)
}
