import type { Transaction } from 'kysely'
import { runStatement } from '../db/statements.ts'
import type { Database } from '../db/tables.ts'
import { AppError } from '../errors.ts'

const LIFE_MS = 24 * 3_600_000

export interface RequestIdentity {
  /** The token and the route: two tokens, or two routes, may use the same key. */
  scope: string
  key: string
  /** Tells a repeat from another request that reuses the key by mistake. */
  requestHash: string
  /** What a repeat gets where no answer was stored, because it follows from the request. */
  unstored?: StoredAnswer
}

/** The answer to a request: the text of its body, so that a repeat gets the same bytes. */
export interface StoredAnswer {
  status: number
  body: string
}

// Keys in one order, so that two transactions with the same keys wait for each other on the first and no later.
const CLAIM = `/* claim-keys */ insert into idempotency_keys as kept (scope, key, request_hash, created_at)
  select scope, key, hash, $4::timestamptz from unnest($1::text[], $2::text[], $3::text[]) as wanted(scope, key, hash)
  order by scope, key
  on conflict (scope, key) do update
    set request_hash = excluded.request_hash, status = null, response = null, created_at = excluded.created_at
    where kept.created_at <= $5
  returning scope, key`

const READ = `/* read-answers */ select kept.scope, kept.key, request_hash, status, response
  from unnest($1::text[], $2::text[]) as wanted(scope, key)
  join idempotency_keys kept on kept.scope = wanted.scope and kept.key = wanted.key`

/**
 * Claims the keys of new requests; a key older than a day counts as new. A repeat that arrives while the first request
 * is under way waits for it on the unique index; when the first fails, the rollback of its transaction frees the key.
 * @param requests no two with the same scope and key
 * @returns for each request undefined when it is new, else the answer to the first, or the error key_reused
 */
export async function claimKeys(
  trx: Transaction<Database>,
  requests: RequestIdentity[],
  now: Date,
): Promise<(StoredAnswer | AppError | undefined)[]> {
  if (requests.length === 0) return []
  const scopes = requests.map(({ scope }) => scope)
  const keys = requests.map(({ key }) => key)
  const hashes = requests.map(({ requestHash }) => requestHash)
  const claimed = await runStatement<Key>(trx, CLAIM, [scopes, keys, hashes, now, expiredBy(now)])
  if (claimed.length === requests.length) return requests.map(() => undefined)
  const mine = new Set(claimed.map(idOf))
  const rows = await runStatement<Kept>(trx, READ, [scopes, keys])
  const kept = new Map(rows.map((row) => [idOf(row), row]))
  return requests.map((request) =>
    mine.has(idOf(request)) ? undefined : answerOf(request, kept.get(idOf(request))),
  )
}

type Key = Pick<RequestIdentity, 'scope' | 'key'>
type Kept = Key & { request_hash: string; status: number | null; response: unknown }

function idOf({ scope, key }: Key): string {
  return JSON.stringify([scope, key])
}

function answerOf(request: RequestIdentity, kept: Kept | undefined): StoredAnswer | AppError {
  if (kept?.request_hash === request.requestHash)
    return kept.response === null && request.unstored !== undefined
      ? request.unstored
      : { status: kept.status ?? 200, body: String(kept.response) }
  return new AppError('key_reused', 'This Idempotency-Key came with another request before.', {
    field: 'Idempotency-Key',
    value: request.key,
    allowed: 'the same method, path and body again, or a new key',
  })
}

const STORE = `/* store-answers, later */ update idempotency_keys kept set status = given.status, response = to_jsonb(given.body)
  from unnest($1::text[], $2::text[], $3::int[], $4::text[]) as given(scope, key, status, body)
  where kept.scope = given.scope and kept.key = given.key`

/** Stores the answers of requests whose keys were claimed. */
export async function storeAnswers(
  trx: Transaction<Database>,
  answers: (Key & StoredAnswer)[],
): Promise<void> {
  if (answers.length === 0) return
  await runStatement(trx, STORE, [
    answers.map(({ scope }) => scope),
    answers.map(({ key }) => key),
    answers.map(({ status }) => status),
    answers.map(({ body }) => body),
  ])
}

const RELEASE = `/* release-keys, later */ delete from idempotency_keys kept
  using unnest($1::text[], $2::text[]) as failed(scope, key)
  where kept.scope = failed.scope and kept.key = failed.key`

/** Deletes the keys of requests that were refused, so that their next attempt counts as new. */
export async function releaseKeys(trx: Transaction<Database>, requests: Key[]): Promise<void> {
  if (requests.length === 0) return
  await runStatement(trx, RELEASE, [requests.map(({ scope }) => scope), requests.map(({ key }) => key)])
}

function expiredBy(now: Date): Date {
  return new Date(now.getTime() - LIFE_MS)
}
