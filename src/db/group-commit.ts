import type { Kysely, Transaction } from 'kysely'
import { planOnce } from './statements.ts'
import type { Database } from './tables.ts'
import { transaction, wasUndone } from './transaction.ts'

export interface GroupCommit<I, O> {
  /**
   * Writes one input, in a transaction shared with others that wait at the same moment; resolves after its commit.
   * @param keys the rows that it writes: two inputs with a key in common are never written at the same time
   * @throws the error that `write` gave for it, or the error that its transaction ended with
   */
  write(input: I, keys: string[]): Promise<O>
}

interface Waiting<I, O> {
  input: I
  keys: string[]
  resolve(output: O): void
  reject(error: unknown): void
}

const MAX_GROUP_SIZE = 64
/** An input that is larger is a group by itself. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024
const MAX_CONCURRENT_GROUPS = 4
/**
 * One transaction at a time: the longer a transaction takes, the more requests the next one carries, and the less each
 * costs. Only one that takes longer than this, because it waits for a lock or a far server, gets another beside it.
 */
const SECOND_GROUP_AFTER_MS = 10

export type Shortcut<I, O> = (inputs: I[]) => Promise<(O | undefined)[]>

export interface Writer<I, O> {
  /** For each input its output, or an Error that concerns it alone and left no trace. */
  write(trx: Transaction<Database>, inputs: I[]): Promise<(O | Error)[]>
  /** By single statements that commit themselves, tried in their order; undefined for an input that needs another. */
  shortcuts?: Shortcut<I, O>[]
  /** How large an input is, where that may be much. */
  bytes?(input: I): number
}

/**
 * Shares commits: inputs that come while a transaction is under way wait and are then written together, so that the
 * statements, the round trips and the fsync of one transaction serve many. While none is under way no input waits.
 */
export function createGroupCommit<I, O>(db: Kysely<Database>, writer: Writer<I, O>): GroupCommit<I, O> {
  const queue: Waiting<I, O>[] = []
  const busy = new Set<string>()
  let running = 0
  let begun = 0
  let scheduled = false
  let timer: NodeJS.Timeout | undefined

  const next = () => {
    scheduled = false
    if (queue.length === 0 || running === MAX_CONCURRENT_GROUPS) return
    const left = running === 0 ? 0 : begun + SECOND_GROUP_AFTER_MS - performance.now()
    if (left > 0) return void (timer ??= setTimeout(lookAgain, left))
    const group = dequeueGroup(queue, busy, writer)
    if (group.length === 0) return
    running += 1
    begun = performance.now()
    void writeGroup(db, writer, group).finally(() => {
      running -= 1
      for (const { keys } of group) for (const key of keys) busy.delete(key)
      next()
    })
    next()
  }
  const lookAgain = () => {
    timer = undefined
    next()
  }

  return {
    write: (input, keys) =>
      new Promise((resolve, reject) => {
        queue.push({ input, keys, resolve, reject })
        // Inputs of the same turn of the event loop share a transaction.
        if (!scheduled) setImmediate(next)
        scheduled = true
      }),
  }
}

/** Dequeues the inputs that have no key in common with any input under way; the others keep their order. */
function dequeueGroup<I, O>(
  queue: Waiting<I, O>[],
  busy: Set<string>,
  { bytes = () => 0 }: Writer<I, O>,
): Waiting<I, O>[] {
  const group: Waiting<I, O>[] = []
  let size = 0
  for (let at = 0; at < queue.length && group.length < MAX_GROUP_SIZE; ) {
    const one = queue[at] as Waiting<I, O>
    if (one.keys.some((key) => busy.has(key))) {
      at += 1
      continue
    }
    size += bytes(one.input)
    if (group.length > 0 && size > MAX_GROUP_BYTES) break
    for (const key of one.keys) busy.add(key)
    group.push(one)
    queue.splice(at, 1)
  }
  return group
}

async function writeGroup<I, O>(
  db: Kysely<Database>,
  writer: Writer<I, O>,
  group: Waiting<I, O>[],
): Promise<void> {
  let rest = group
  try {
    for (const shortcut of writer.shortcuts ?? []) rest = await tryShortcut(shortcut, rest)
    if (rest.length > 0) await writeInTransaction(db, writer, rest)
  } catch (error) {
    for (const { reject } of rest) reject(error)
  }
}

/**
 * Settles the promises in the next turn of the event loop: by the end of this one the next statement is on its way, so
 * that PostgreSQL works while replies are written and the requests that follow them are read.
 * @param outputs undefined for an input that is not written yet
 */
function settle<I, O>(group: Waiting<I, O>[], outputs: (O | Error | undefined)[]): void {
  setImmediate(() => {
    for (const [at, { resolve, reject }] of group.entries()) {
      const output = outputs[at]
      if (output instanceof Error) reject(output)
      else if (output !== undefined) resolve(output)
    }
  })
}

/** @returns the inputs that are left: all of them when PostgreSQL refused the statement, or undid it for another's sake */
async function tryShortcut<I, O>(shortcut: Shortcut<I, O>, group: Waiting<I, O>[]): Promise<Waiting<I, O>[]> {
  if (group.length === 0) return group
  try {
    const outputs = await shortcut(group.map(({ input }) => input))
    settle(group, outputs)
    return group.filter((_one, at) => outputs[at] === undefined)
  } catch (error) {
    if (wasRefused(error) || wasUndone(error)) return group
    throw error
  }
}

async function writeInTransaction<I, O>(
  db: Kysely<Database>,
  writer: Writer<I, O>,
  group: Waiting<I, O>[],
): Promise<void> {
  try {
    const inputs = group.map(({ input }) => input)
    const outputs = await transaction(db, async (trx) => {
      await planOnce(trx)
      return await writer.write(trx, inputs)
    })
    settle(group, outputs)
  } catch (error) {
    if (group.length > 1 && wasRefused(error)) {
      for (const one of group) await writeInTransaction(db, writer, [one])
    } else for (const { reject } of group) reject(error)
  }
}

/**
 * Whether PostgreSQL itself refused a statement, so that nothing was committed and the one input that it concerns is
 * found by writing each alone. After a lost connection the commit is uncertain, and no input is written twice.
 */
function wasRefused(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^(?:2[0-9A-Z]|4[24]|54)[0-9A-Z]{3}$/.test(code)
}
