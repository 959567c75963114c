import { applicationName } from '../config.ts'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import type { Database } from './tables.ts'

/** Why statements fail or get lost on a server that answers, and what to do about it. */
export interface ServerProblem {
  detail: string
  fix: string
}

/** `read_only` is true on a standby, and where default_transaction_read_only is on. */
export const READ_ONLY_COLUMN = `current_setting('transaction_read_only') = 'on' as read_only`

export const READ_ONLY: ServerProblem = {
  detail: 'the server is read-only: every write fails',
  fix: 'Point DATABASE_URL at the primary server, or turn default_transaction_read_only off.',
}

const SESSION_FIX = "Use the pooler in session mode, or the server's own address, in DATABASE_URL."

/** Statements of this process fail behind such a pooler. */
export const PREPARED_LOST: ServerProblem = {
  detail: 'a pooler in transaction mode loses prepared statements: writes fail',
  fix: SESSION_FIX,
}

/** Everything works behind such a pooler, but later: workers poll instead of being notified. */
export const LISTEN_LOST: ServerProblem = {
  detail: 'a pooler in transaction mode loses LISTEN: messages come up to five seconds late',
  fix: SESSION_FIX,
}

const ANSWER_LIMIT_MS = 5_000
/** Other clients of a pooler may take and give back a session meanwhile, so that one look may find nothing. */
const ATTEMPTS = 5
const PID = 'select pg_backend_pid() as pid'

/** @throws the error that keeps PostgreSQL from answering */
export async function isReadOnly(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ read_only: boolean }>`select ${sql.raw(READ_ONLY_COLUMN)}`.execute(db)
  return rows[0]?.read_only === true
}

/**
 * Finds a pooler that gives a client another session for each transaction. While a second client holds a transaction
 * open, the first one must still have its own server process, and the statement that it prepared there.
 * @throws the connection's own error
 */
export async function findPooler(url: string): Promise<ServerProblem | undefined> {
  const [first, second] = [newClient(url), newClient(url)]
  try {
    await first.connect()
    await second.connect()
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await findExchange(first, second)
      if (found !== undefined) return found
    }
    return undefined
  } finally {
    await Promise.all([first.end(), second.end()].map((end) => end.catch(() => {})))
  }
}

async function findExchange(first: pg.Client, second: pg.Client): Promise<ServerProblem | undefined> {
  const before = await preparedPid(first)
  if (before === undefined || !(await begins(second))) return PREPARED_LOST
  const other = await pidOf(second, PID)
  const after = await preparedPid(first)
  await second.query('rollback')
  if (after === undefined) return PREPARED_LOST
  return other === before || after !== before ? LISTEN_LOST : undefined
}

function newClient(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: ANSWER_LIMIT_MS,
    query_timeout: ANSWER_LIMIT_MS,
    application_name: applicationName('probe'),
  })
  client.on('error', () => {})
  return client
}

/** Undefined when the server process does not know this client's prepared statement, or another client's by that name. */
async function preparedPid(client: pg.Client): Promise<number | undefined> {
  return await pidOf(client, { name: 'expediter-probe', text: PID }).catch((error: { code?: string }) => {
    if (error.code === '26000' || error.code === '42P05') return undefined
    throw error
  })
}

async function pidOf(client: pg.Client, statement: string | pg.QueryConfig): Promise<number | undefined> {
  return (await client.query<{ pid: number }>(statement)).rows[0]?.pid
}

/** A pooler in statement mode refuses transactions. */
async function begins(client: pg.Client): Promise<boolean> {
  return await client.query('begin').then(
    () => true,
    () => false,
  )
}
