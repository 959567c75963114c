import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { createGroupCommit } from '../../db/group-commit.ts'
import type { Database } from '../../db/tables.ts'
import {
  claimKeys,
  releaseKeys,
  type RequestIdentity,
  type StoredAnswer,
  storeAnswers,
} from '../idempotency.ts'

/** The key of a write that may be sent again, and the answer that is stored under it. */
export interface Once<O> extends RequestIdentity {
  /** What a repeat gets, from the output of the first. */
  word(output: O): StoredAnswer
}

/** `output` is undefined for a repeat: the first has done everything. */
export interface OnceResult<O> {
  answer: StoredAnswer
  output: O | undefined
}

export interface Writer<I, O> {
  /**
   * Writes one input in a transaction shared with others that are in flight; resolves after its commit.
   * @throws AppError why this input was refused
   */
  (input: I): Promise<O>
  /**
   * The same at most once per key. The answer is stored in the same transaction; a repeat gets it, and one that
   * comes while the first is under way waits for it. A refused write leaves its key free.
   * @throws AppError also key_reused, when the key came with another request before
   */
  once(input: I, once: Once<O>): Promise<OnceResult<O>>
}

/** How inputs are written together. */
export interface Verb<I, P, O> {
  /** Looks at one input alone, before any transaction. @throws AppError invalid */
  prepare(input: I): P
  /** For each input its output, or an error that concerns it alone and left no trace. */
  write(trx: Transaction<Database>, inputs: P[]): Promise<(O | Error)[]>
  /** Two inputs with one of these in common are never written in the same transaction. */
  keys(input: P): string[]
}

interface Item<P, O> {
  input: P
  once: Once<O> | undefined
}

type Outcome<O> = { output: O; answer?: StoredAnswer } | { output: undefined; answer: StoredAnswer }

/** A writer whose inputs in flight share their transactions. */
export function createSharedWriter<I, P, O>(ctx: Ctx, verb: Verb<I, P, O>): Writer<I, O> {
  const group = createGroupCommit<Item<P, O>, Outcome<O>>(ctx.db, {
    write: (trx, items) => writeItems(trx, ctx, verb, items),
  })
  const write = async (input: I): Promise<O> => {
    const prepared = verb.prepare(input)
    const { output } = await group.write({ input: prepared, once: undefined }, verb.keys(prepared))
    ctx.checkpoint('ingest.committed')
    return output as O
  }
  const once = async (input: I, key: Once<O>): Promise<OnceResult<O>> => {
    const prepared = verb.prepare(input)
    const keys = [...verb.keys(prepared), `key ${key.scope} ${key.key}`]
    const { output, answer } = await group.write({ input: prepared, once: key }, keys)
    ctx.checkpoint('ingest.committed')
    return { output, answer: answer as StoredAnswer }
  }
  return Object.assign(write, { once })
}

async function writeItems<I, P, O>(
  trx: Transaction<Database>,
  ctx: Ctx,
  verb: Verb<I, P, O>,
  items: Item<P, O>[],
): Promise<(Outcome<O> | Error)[]> {
  const keyed = items.flatMap(({ once }) => (once === undefined ? [] : [once]))
  const claimed = await claimKeys(trx, keyed, ctx.clock.now())
  const former = new Map(keyed.map((once, at) => [once, claimed[at]]))
  const formerOf = ({ once }: Item<P, O>) => (once === undefined ? undefined : former.get(once))
  const fresh = items.filter((item) => formerOf(item) === undefined)
  const inputs = fresh.map(({ input }) => input)
  const written = await verb.write(trx, inputs)
  const outcomes = new Map(fresh.map((item, at) => [item, outcomeOf(item, written[at] as O | Error)]))
  await storeOrRelease(trx, outcomes)
  return items.map((item) => {
    const known = formerOf(item)
    if (known === undefined) return outcomes.get(item) as Outcome<O> | Error
    return known instanceof Error ? known : { output: undefined, answer: known }
  })
}

function outcomeOf<P, O>({ once }: Item<P, O>, output: O | Error): Outcome<O> | Error {
  if (output instanceof Error) return output
  return once === undefined ? { output } : { output, answer: once.word(output) }
}

async function storeOrRelease<P, O>(
  trx: Transaction<Database>,
  outcomes: Map<Item<P, O>, Outcome<O> | Error>,
): Promise<void> {
  const stored: (RequestIdentity & StoredAnswer)[] = []
  const refused: RequestIdentity[] = []
  for (const [{ once }, outcome] of outcomes) {
    if (once === undefined) continue
    if (outcome instanceof Error) refused.push(once)
    else if (outcome.answer !== undefined) stored.push({ ...once, ...outcome.answer })
  }
  await storeAnswers(trx, stored)
  await releaseKeys(trx, refused)
}
