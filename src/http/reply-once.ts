import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import { claimKeys, type RequestIdentity, type StoredAnswer, storeAnswers } from '../domain/idempotency.ts'
import type { Writer } from '../domain/ingest/shared-writer.ts'
import { invalid } from '../errors.ts'
import { principalOf } from './auth.ts'
import { stringify } from './json.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/** @throws AppError invalid that names the header */
function identityOf(request: FastifyRequest): RequestIdentity | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw invalid('Idempotency-Key', 'The Idempotency-Key is not usable.', {
      value: key,
      allowed: '1 to 255 printable ASCII characters without spaces',
    })
  }
  const scope = `${principalOf(request).tokenId ?? 'admin'} ${request.routeOptions.url}`
  return { scope, key, requestHash: `${request.method} ${request.url} ${request.bodyHash}` }
}

/**
 * Replies to a POST from one transaction; with an Idempotency-Key a repeat gets the first answer, byte for byte.
 * `work` may run again when PostgreSQL asks for it.
 * @param shownAgain what a repeat gets, where the first answer holds a secret
 */
export async function replyOnce(
  ctx: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  work: (trx: Transaction<Database>) => Promise<unknown>,
  shownAgain: (answer: unknown) => unknown = (answer) => answer,
): Promise<void> {
  const identity = identityOf(request)
  const [answer, repeated] = await transaction(ctx.db, async (trx): Promise<[StoredAnswer, boolean]> => {
    if (identity === undefined) return [{ status, body: stringify(await work(trx)) }, false]
    const [former] = await claimKeys(trx, [identity], ctx.clock.now())
    if (former instanceof Error) throw former
    if (former !== undefined) return [former, true]
    const result = await work(trx)
    await storeAnswers(trx, [{ ...identity, status, body: stringify(shownAgain(result)) }])
    return [{ status, body: stringify(result) }, false]
  })
  ctx.checkpoint('ingest.committed')
  send(reply, answer, repeated)
}

/** How the output of a writer is worded as a reply. */
export interface Wording<O> {
  status: number
  body(output: O): unknown
}

/**
 * Replies with what a writer made of the input; an Idempotency-Key is passed on to the writer.
 * @returns the output; undefined for a repeat, which got the first answer
 */
export async function replyWritten<I, O>(
  request: FastifyRequest,
  reply: FastifyReply,
  write: Writer<I, O>,
  input: I,
  { status, body }: Wording<NoInfer<O>>,
): Promise<O | undefined> {
  const identity = identityOf(request)
  const word = (output: O): StoredAnswer => ({ status, body: stringify(body(output)) })
  if (identity === undefined) {
    const output = await write(input)
    send(reply, word(output), false)
    return output
  }
  const { answer, output } = await write.once(input, { ...identity, word })
  send(reply, answer, output === undefined)
  return output
}

/**
 * For work that keeps its own transactions: with a key it runs while the key's transaction is open, so that a
 * repeat waits. Such requests take turns: each needs two connections, and together they could empty the pool.
 */
export function replyInTurn(ctx: Ctx) {
  let turn: Promise<unknown> = Promise.resolve()
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => Promise<unknown>,
  ): Promise<void> => {
    if (identityOf(request) === undefined) {
      return send(reply, { status: 200, body: stringify(await work()) }, false)
    }
    const mine = turn.then(() => replyOnce(ctx, request, reply, 200, work))
    turn = mine.catch(() => {})
    await mine
  }
}

function send(reply: FastifyReply, { status, body }: StoredAnswer, repeated: boolean): void {
  if (repeated) reply.header('idempotent-replayed', 'true')
  reply.code(status).type('application/json; charset=utf-8').send(body)
}
