import { applicationName } from '../config.ts'
import { DEFAULT_SCHEMA, type PgQueryable, quoteSchemaName, runMigrations } from 'bullmq'
import pg from 'pg'

/** The names in BullMQ's schema, longest first. */
export interface QueueNames {
  schema: string
  tables: string[]
  routines: string[]
  types: string[]
}

/**
 * Makes or updates BullMQ's schema; processes that start together wait for each other. Needs the right to create it.
 * @returns the names that `createQueuePool` needs
 */
export async function prepareQueueSchema(url: string, schema: string): Promise<QueueNames> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await runMigrations(pinningAtCommit(client, schema), schema)
    return await readNames(client, schema)
  } finally {
    await client.end()
  }
}

/** BullMQ's transaction of migrations, which pins the routines that it made before it commits. */
function pinningAtCommit(client: pg.Client, schema: string): PgQueryable {
  return {
    query: async (text: string, values?: unknown[]) => {
      if (text === 'COMMIT') await pinRoutines(client, schema)
      return await client.query(text, values)
    },
  } as PgQueryable
}

/**
 * BullMQ's routines name their tables without a schema and rely on the session's search_path, which a pooler in
 * transaction mode hands on to other clients. A routine with a search_path of its own needs none of the session.
 */
async function pinRoutines(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ routine: string }>(
    `select oid::regprocedure::text as routine from pg_proc where pronamespace = $1::regnamespace
      and prokind in ('f', 'p') and not exists (select from unnest(proconfig) as set where set like 'search_path=%')`,
    [quoteSchemaName(schema)],
  )
  for (const { routine } of rows) {
    await client.query(`alter routine ${routine} set search_path to ${quoteSchemaName(schema)}`)
  }
}

async function readNames(client: pg.Client, schema: string): Promise<QueueNames> {
  const { rows } = await client.query<Record<'tables' | 'routines' | 'types', string[]>>(
    `select
      array(select relname::text from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'v')) as tables,
      array(select distinct proname::text from pg_proc where pronamespace = $1::regnamespace) as routines,
      array(select typname::text from pg_type where typnamespace = $1::regnamespace and typtype in ('e', 'd')) as types`,
    [quoteSchemaName(schema)],
  )
  const longestFirst = (names: string[] = []) => names.toSorted((a, b) => b.length - a.length)
  const [row] = rows
  return {
    schema,
    tables: longestFirst(row?.tables),
    routines: longestFirst(row?.routines),
    types: longestFirst(row?.types),
  }
}

/** Gives BullMQ's statements with the schema before every name of it. */
export function namingSchema({ schema, tables, routines, types }: QueueNames): (text: string) => string {
  const quoted = quoteSchemaName(schema)
  const afterWord = new RegExp(`\\b(from|join|into|update)(\\s+)(${tables.join('|')})\\b(?!\\s*\\.)`, 'gi')
  const called = new RegExp(`(?<![.\\w])(${routines.join('|')})(?=\\s*\\()`, 'g')
  const cast = new RegExp(`::(${types.join('|')})\\b`, 'g')
  const known = new Map<string, string>()
  const name = (text: string) =>
    text
      .replaceAll(`${quoteSchemaName(DEFAULT_SCHEMA)}.`, `${quoted}.`)
      .replace(afterWord, `$1$2${quoted}.$3`)
      .replace(called, `${quoted}.$1`)
      .replace(cast, `::${quoted}.$1`)
  return (text) => {
    let named = known.get(text)
    if (named === undefined) known.set(text, (named = name(text)))
    return named
  }
}

/** Connections of BullMQ's own backend, which leave no setting behind in a session. */
export function createQueuePool(url: string, names: QueueNames, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    Client: clientThatNames(namingSchema(names)),
    connectionString: url,
    max: 6,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: applicationName('queue'),
  })
  pool.on('error', onError)
  pool.on('connect', (client) => void client.on('error', onError))
  return pool
}

function clientThatNames(name: (text: string) => string): new () => pg.ClientBase {
  const send = pg.Client.prototype.query as (...args: unknown[]) => unknown
  class QueueClient extends pg.Client {}
  QueueClient.prototype.query = function (this: pg.Client, text: unknown, ...rest: unknown[]) {
    return send.call(this, typeof text === 'string' ? name(text) : text, ...rest)
  } as typeof pg.Client.prototype.query
  return QueueClient
}
