import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import { once, type StoredAnswer } from '../domain/idempotency.ts'
import { invalid } from '../errors.ts'
import { principalOf } from './auth.ts'
import { stringify } from './json.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/** @throws AppError invalid that names the header */
function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && KEY.test(key)) return key
  throw invalid('Idempotency-Key', 'The Idempotency-Key is not usable.', {
    value: key,
    allowed: '1 to 255 printable ASCII characters without spaces',
  })
}

/**
 * Answers a POST from one transaction; with an Idempotency-Key a repeat gets the first answer, byte for byte.
 * `work` may run again when Postgres asks for it.
 * @param keep what a repeat gets, where the first answer holds a secret
 */
export async function answerOnce(
  ctx: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  work: (trx: Transaction<Database>) => Promise<unknown>,
  keep?: (answer: unknown) => unknown,
): Promise<void> {
  const key = keyOf(request)
  const answer = await transaction(ctx.db, async (trx) => {
    const doWork = async (): Promise<StoredAnswer> => {
      const answer = await work(trx)
      const kept = keep === undefined ? {} : { kept: stringify(keep(answer)) }
      return { status, body: stringify(answer), ...kept }
    }
    if (key === undefined) return { ...(await doWork()), repeated: false }
    return await once(trx, { ...identify(request, key), now: ctx.clock.now() }, doWork)
  })
  ctx.checkpoint('ingest.committed')
  send(reply, answer)
}

/**
 * For work that keeps its own transactions: with a key it runs while the key's transaction is open, so that a
 * repeat waits. Such requests take turns: each needs two connections, and together they could empty the pool.
 */
export function answerInTurn(ctx: Ctx) {
  let turn: Promise<unknown> = Promise.resolve()
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => Promise<unknown>,
  ): Promise<void> => {
    if (keyOf(request) === undefined) {
      return send(reply, { status: 200, body: stringify(await work()), repeated: false })
    }
    const mine = turn.then(() => answerOnce(ctx, request, reply, 200, work))
    turn = mine.catch(() => {})
    await mine
  }
}

function identify(request: FastifyRequest, key: string) {
  const scope = `${principalOf(request).tokenId ?? 'admin'} ${request.routeOptions.url}`
  return { scope, key, requestHash: `${request.method} ${request.url} ${request.bodyHash}` }
}

function send(reply: FastifyReply, answer: StoredAnswer & { repeated: boolean }): void {
  if (answer.repeated) reply.header('idempotent-replayed', 'true')
  reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
}
