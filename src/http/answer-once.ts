import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { createGroupCommit, type Shortcut } from '../db/group-commit.ts'
import type { Database } from '../db/tables.ts'
import { transaction } from '../db/transaction.ts'
import {
  claimKeys,
  keepAnswers,
  type RequestIdentity,
  releaseKeys,
  type StoredAnswer,
} from '../domain/idempotency.ts'
import { invalid } from '../errors.ts'
import { principalOf } from './auth.ts'
import { stringify } from './json.ts'

type Answer = StoredAnswer & { repeated: boolean }

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
  keep: (answer: unknown) => unknown = (answer) => answer,
): Promise<void> {
  const identity = identityOf(request)
  const answer = await transaction(ctx.db, async (trx): Promise<Answer> => {
    if (identity === undefined) return { status, body: stringify(await work(trx)), repeated: false }
    const [former] = await claimKeys(trx, [identity], ctx.clock.now())
    if (former instanceof Error) throw former
    if (former !== undefined) return { ...former, repeated: true }
    const result = await work(trx)
    await keepAnswers(trx, [{ ...identity, status, body: stringify(keep(result)) }])
    return { status, body: stringify(result), repeated: false }
  })
  ctx.checkpoint('ingest.committed')
  send(reply, answer)
}

/** A verb that writes for several requests in one transaction. */
export interface GroupVerb<I, O> {
  status: number
  /** For each input its output, or an error that concerns it alone and left no trace. */
  write(trx: Transaction<Database>, inputs: I[]): Promise<(O | Error)[]>
  /** What the request is answered, from the output. */
  answer(input: I, output: O): unknown
  /** What two inputs of one transaction must not have in common. */
  keys(input: I): string[]
  /** Shorter ways for requests without an Idempotency-Key, tried in their order. */
  shortcuts?: Shortcut<I, O>[]
}

/** What a repeat gets has no output: nothing was done. */
type Outcome<O> = (Answer & { output?: O }) | Error

interface Item<I> {
  input: I
  identity: RequestIdentity | undefined
}

/** Like answerOnce, for the busiest routes: requests that are in flight together share their transactions. */
export function answerTogether<I, O>(ctx: Ctx, verb: GroupVerb<I, O>) {
  const group = createGroupCommit<Item<I>, Answer & { output?: O }>(ctx.db, {
    write: (trx, items) => writeItems(trx, ctx, verb, items),
    shortcuts: (verb.shortcuts ?? []).map((shortcut) => (items) => takeShortcut(verb, shortcut, items)),
  })
  return async (request: FastifyRequest, reply: FastifyReply, input: I): Promise<O | undefined> => {
    const identity = identityOf(request)
    const keys = verb.keys(input)
    const own = identity === undefined ? keys : [...keys, `key ${identity.scope} ${identity.key}`]
    const { output, ...answer } = await group.write({ input, identity }, own)
    ctx.checkpoint('ingest.committed')
    send(reply, answer)
    return output
  }
}

async function takeShortcut<I, O>(
  verb: GroupVerb<I, O>,
  shortcut: Shortcut<I, O>,
  items: Item<I>[],
): Promise<((Answer & { output: O }) | undefined)[]> {
  const plain = items.filter(({ identity }) => identity === undefined)
  if (plain.length === 0) return []
  const outputs = await shortcut(plain.map(({ input }) => input))
  return items.map((item) => {
    const output = outputs[plain.indexOf(item)]
    return output === undefined ? undefined : answerOf(verb, item.input, output)
  })
}

function answerOf<I, O>(verb: GroupVerb<I, O>, input: I, output: O): Answer & { output: O } {
  return { status: verb.status, body: stringify(verb.answer(input, output)), repeated: false, output }
}

async function writeItems<I, O>(
  trx: Transaction<Database>,
  ctx: Ctx,
  verb: GroupVerb<I, O>,
  items: Item<I>[],
): Promise<Outcome<O>[]> {
  const keyed = items.flatMap(({ identity }) => (identity === undefined ? [] : [identity]))
  const former = await claimKeys(trx, keyed, ctx.clock.now())
  const formerOf = ({ identity }: Item<I>) =>
    identity === undefined ? undefined : former[keyed.indexOf(identity)]
  const fresh = items.filter((item) => formerOf(item) === undefined)
  const outputs = await verb.write(
    trx,
    fresh.map(({ input }) => input),
  )
  const answers = new Map<Item<I>, Outcome<O>>(
    fresh.map((item, at): [Item<I>, Outcome<O>] => {
      const output = outputs[at] as O | Error
      return [item, output instanceof Error ? output : answerOf(verb, item.input, output)]
    }),
  )
  await keepOrRelease(trx, fresh, answers)
  return items.map((item) => {
    const known = formerOf(item)
    if (known === undefined) return answers.get(item) as Outcome<O>
    return known instanceof Error ? known : { ...known, repeated: true }
  })
}

async function keepOrRelease<I>(
  trx: Transaction<Database>,
  fresh: Item<I>[],
  answers: Map<Item<I>, StoredAnswer | Error>,
): Promise<void> {
  const kept: (RequestIdentity & StoredAnswer)[] = []
  const failed: RequestIdentity[] = []
  for (const item of fresh) {
    const answer = answers.get(item)
    if (item.identity === undefined || answer === undefined) continue
    if (answer instanceof Error) failed.push(item.identity)
    else kept.push({ ...item.identity, status: answer.status, body: answer.body })
  }
  await keepAnswers(trx, kept)
  await releaseKeys(trx, failed)
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
    if (identityOf(request) === undefined) {
      return send(reply, { status: 200, body: stringify(await work()), repeated: false })
    }
    const mine = turn.then(() => answerOnce(ctx, request, reply, 200, work))
    turn = mine.catch(() => {})
    await mine
  }
}

function send(reply: FastifyReply, answer: Answer): void {
  if (answer.repeated) reply.header('idempotent-replayed', 'true')
  reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
}
