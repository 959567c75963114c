import type { Socket } from 'node:net'
import {
  CompiledQuery,
  type Kysely,
  type PostgresPool,
  type PostgresPoolClient,
  type Transaction,
} from 'kysely'
import type pg from 'pg'
import type { Database } from './tables.ts'

const MARK = /^\/\* ([\w-]+)(, later)? \*\//

export interface Statement {
  /** A constant: it begins with its name in a comment, and is prepared under that name. */
  text: string
  parameters: unknown[]
}

/**
 * A pool that prepares named statements once per connection and pipelines statements marked `later`: a name stands in a
 * comment at the beginning of the text, and a marked statement is sent together with the next one whose result the
 * caller waits for, so that a transaction costs a few round trips and not one per statement. One name, one text.
 */
export function preparingPool(pool: pg.Pool): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  let planning: string | undefined
  return {
    connect: async () => {
      const client = await pool.connect()
      try {
        planning ??= planningFor((await client.query<Extension>(EXTENSIONS)).rows)
      } catch (error) {
        client.release(error as Error)
        throw error
      }
      let preparing = clients.get(client)
      if (preparing === undefined) clients.set(client, (preparing = preparingClient(client, planning)))
      return preparing
    },
    end: () => pool.end(),
    options: pool.options,
  }
}

interface Waiting {
  config: pg.QueryConfig
  /** Filled when the statement is answered; in `unanswered` until then. */
  rows: unknown[]
}

const unanswered = new WeakSet<unknown[]>()

/** The pool's connections are in pipeline mode: what is sent in one go is answered in its order. */
function preparingClient(client: pg.PoolClient, planning: string): PostgresPoolClient {
  let waiting: Waiting[] = []
  let inTransaction = false
  const query = async (given: string, values: unknown[]) => {
    const text = given === PLAN_ONCE ? planning : given
    const { config, later } = read(text, values)
    if (text === 'begin') inTransaction = true
    if (text === 'begin' || (inTransaction && later)) {
      const rows: unknown[] = []
      unanswered.add(rows)
      waiting.push({ config, rows })
      return { command: 'UPDATE', rowCount: 0, rows }
    }
    if (text === 'commit' || text === 'rollback') inTransaction = false
    const together = waiting
    waiting = []
    const [result, sent] = inOnePacket(client, () => {
      const before = together.map(async ({ config: one, rows }) => {
        for (const row of (await client.query(one)).rows) rows.push(row)
        unanswered.delete(rows)
      })
      return [client.query(config), before]
    })
    await settle([...sent, result])
    return await result
  }
  return { query, release: (discard?: boolean) => client.release(discard) } as unknown as PostgresPoolClient
}

/** PostgreSQL runs the statements of one packet without a wake-up for each, on either side. */
function inOnePacket<T>(client: pg.PoolClient, send: () => T): T {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.cork()
  try {
    return send()
  } finally {
    stream.uncork()
  }
}

const marked = new Map<string, { name: string; text: string; later: boolean }>()

/** One name has one text, with the mark or without. */
function read(text: string, values: unknown[]): { config: pg.QueryConfig; later: boolean } {
  let known = marked.get(text)
  if (known === undefined) {
    const [mark, name, later] = MARK.exec(text) ?? []
    if (mark === undefined || name === undefined) return { config: { text, values }, later: false }
    known = { name, text: `/* ${name} */${text.slice(mark.length)}`, later: later !== undefined }
    marked.set(text, known)
  }
  return { config: { name: known.name, text: known.text, values }, later: known.later }
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

// planner-hint: generic-plan, no-seqscan
const PLAN_ONCE = `/* plan-once, later */ select set_config('plan_cache_mode', 'force_generic_plan', true),
  set_config('enable_seqscan', 'off', true), set_config('random_page_cost', '1.1', true)`

/** The same where plans are made for each execution. */
const PLAN_EACH = PLAN_ONCE.replace('plan-once', 'plan-each').replace('force_generic_plan', 'auto')

const EXTENSIONS = `select extname from pg_extension where extname = 'citus'`

interface Extension {
  extname: string
}

/**
 * How statements of `planOnce` are planned. Citus routes a statement to a node by its values, which a generic plan does not
 * know: such a plan asks every node, or fails.
 * @param extensions rows of pg_extension
 */
export function planningFor(extensions: Extension[]): string {
  return extensions.some(({ extname }) => extname === 'citus') ? PLAN_EACH : PLAN_ONCE
}

/**
 * Until the transaction ends, prepared statements keep their plan: for lookups by key no value makes a better one, and
 * planning each execution would cost more than the execution. The plan uses indexes however small the tables were when
 * it was made: a scan that was right for a hundred runs would be kept while they become thousands.
 */
export async function planOnce(trx: Transaction<Database>): Promise<void> {
  await runStatement(trx, PLAN_ONCE, [])
}

const COMMIT_UNFLUSHED = `/* commit-unflushed, later */ select set_config('synchronous_commit', 'off', true)`

/**
 * The commit of this transaction waits for no disk. Only for work that is found and done again when a crash of PostgreSQL
 * takes it back.
 */
export async function commitUnflushed(trx: Transaction<Database>): Promise<void> {
  await runStatement(trx, COMMIT_UNFLUSHED, [])
}

export type StatementsOf<Rows extends unknown[]> = { [At in keyof Rows]: Statement }
export type RowsOf<Rows extends unknown[]> = { [At in keyof Rows]: Rows[At][] }

/**
 * Sends statements along with the next one whose result the caller waits for. Outside of a transaction they run at once.
 * @returns a function that gives the rows of each; it waits for them when no later statement was sent
 */
export async function runLater<Rows extends unknown[]>(
  db: Pick<Kysely<Database>, 'executeQuery'>,
  statements: StatementsOf<Rows>,
): Promise<() => Promise<RowsOf<Rows>>> {
  const results: unknown[][] = []
  for (const { text, parameters } of statements)
    results.push(await runStatement(db, text.replace(MARK, '/* $1, later */'), parameters))
  return async () => {
    if (results.some((rows) => unanswered.has(rows))) await runStatement(db, 'select', [])
    return results as RowsOf<Rows>
  }
}

/**
 * Runs constant texts in one round trip, each seeing what those before it did. Outside of a transaction they run
 * side by side.
 * @returns the rows of each
 */
export async function runTogether<Rows extends unknown[]>(
  db: Pick<Kysely<Database>, 'executeQuery' | 'isTransaction'>,
  statements: StatementsOf<Rows>,
): Promise<RowsOf<Rows>> {
  const run = ({ text, parameters }: Statement) => runStatement(db, text, parameters)
  if (!db.isTransaction) return (await Promise.all(statements.map(run))) as RowsOf<Rows>
  const before = await runLater(db, statements.slice(0, -1))
  const last = await run(statements.at(-1) as Statement)
  return [...(await before()), last] as RowsOf<Rows>
}

/**
 * Inserts rows in their order with one prepared statement, however many they are. Fields are named as their
 * columns; a value is written as JSON for the column's type: NaN and bigints as text.
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
