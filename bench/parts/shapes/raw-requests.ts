import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { closedLoop } from '../../harness/load.ts'

const TABLE = `create table if not exists raw_requests (
  id bigint generated always as identity primary key, run integer not null, at timestamptz not null, body bytea not null)`
const INSERT = 'insert into raw_requests (run, at, body) values ($1, now(), $2)'

/** Inserts of a row per request, each with its own commit: what PostgreSQL takes with nothing around it, requests/s. */
export async function rawRequests(
  url: string,
  { clients, seconds, bytes }: { clients: number; seconds: number; bytes: number },
): Promise<number> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client
    }),
  )
  await connections[0]?.query(TABLE)
  const body = randomBytes(bytes)
  const { rate } = await closedLoop(clients, seconds, async (at) => {
    await connections[at]?.query({ name: 'raw-request', text: INSERT, values: [at, body] })
  })
  await connections[0]?.query('truncate raw_requests')
  await Promise.all(connections.map((client) => client.end()))
  return rate
}
