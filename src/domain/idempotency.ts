import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../db/tables.ts'
import { AppError } from '../errors.ts'

const LIFE_MS = 24 * 3_600_000

export interface RequestIdentity {
  /** Whose keys these are and for what: two tokens, or two routes, may use the same key. */
  scope: string
  key: string
  /** Tells a repeat from another request that reuses the key by mistake. */
  requestHash: string
  now: Date
}

/** What a request was answered: the text of the body, so that a repeat gets the same bytes. */
export interface StoredAnswer {
  status: number
  body: string
  /** What a repeat gets instead, where the body holds a secret that is shown once and never stored. */
  kept?: string
}

/**
 * Does `work` at most once per key. A repeat that arrives while the first is under way waits for it on the unique
 * index; when `work` fails, the transaction takes the key with it, and the next attempt starts afresh.
 * @throws AppError key_reused when the key came with another request before
 */
export async function once(
  trx: Transaction<Database>,
  request: RequestIdentity,
  work: () => Promise<StoredAnswer>,
): Promise<StoredAnswer & { repeated: boolean }> {
  if (!(await claim(trx, request))) return { ...(await readAnswer(trx, request)), repeated: true }
  const answer = await work()
  await trx
    .updateTable('idempotency_keys')
    .set({ status: answer.status, response: JSON.stringify(answer.kept ?? answer.body) })
    .where('scope', '=', request.scope)
    .where('key', '=', request.key)
    .execute()
  return { ...answer, repeated: false }
}

/** Takes the key, or takes it over when it is older than a day. */
async function claim(trx: Transaction<Database>, request: RequestIdentity): Promise<boolean> {
  const { rows } = await sql`
    insert into idempotency_keys as kept (scope, key, request_hash, created_at)
    values (${request.scope}, ${request.key}, ${request.requestHash}, ${request.now})
    on conflict (scope, key) do update
      set request_hash = excluded.request_hash, status = null, response = null, created_at = excluded.created_at
      where kept.created_at <= ${expiredBy(request.now)}
    returning 1`.execute(trx)
  return rows.length > 0
}

async function readAnswer(trx: Transaction<Database>, request: RequestIdentity): Promise<StoredAnswer> {
  const kept = await trx
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'status', 'response'])
    .where('scope', '=', request.scope)
    .where('key', '=', request.key)
    .executeTakeFirst()
  if (kept?.request_hash !== request.requestHash) {
    throw new AppError('key_reused', 'This Idempotency-Key came with another request before.', {
      field: 'Idempotency-Key',
      value: request.key,
      allowed: 'the same method, path and body again, or a new key',
    })
  }
  return { status: kept.status ?? 200, body: String(kept.response) }
}

/** Forgets keys that have outlived their day. @returns how many */
export async function forgetKeys(db: Kysely<Database>, now: Date): Promise<number> {
  const result = await db
    .deleteFrom('idempotency_keys')
    .where('created_at', '<=', expiredBy(now))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

function expiredBy(now: Date): Date {
  return new Date(now.getTime() - LIFE_MS)
}
