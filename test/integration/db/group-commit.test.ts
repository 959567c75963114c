import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGroupCommit } from '../../../src/db/group-commit.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

/** Says of each input in which transaction it was written; and waits for a lock of its name. */
function createWriter() {
  return createGroupCommit<string, string>(test.db, {
    write: async (trx, inputs) => {
      for (const input of inputs) await sql`select pg_advisory_xact_lock(hashtext(${input}))`.execute(trx)
      const { rows } = await sql<{ id: string }>`select pg_current_xact_id()::text as id`.execute(trx)
      return inputs.map(() => rows[0]?.id as string)
    },
  })
}

it('writes what comes at the same moment in one transaction, up to 64 of it', async () => {
  const { write } = createWriter()
  const inputs = Array.from({ length: 100 }, (_, index) => `${index}`)
  const written = await Promise.all(inputs.map((input) => write(input, [input])))
  expect(written.slice(0, 64)).toEqual(Array.from({ length: 64 }, () => written[0]))
  expect(new Set(written).size).toBe(2)
})

it('writes two inputs with a key in common one after the other', async () => {
  const { write } = createWriter()
  const [first, second, other] = await Promise.all([
    write('1', ['run']),
    write('2', ['run']),
    write('3', ['other run']),
  ])
  expect(other).toBe(first)
  expect(Number(second)).toBeGreaterThan(Number(first))
})

it('does not let others wait for what waits for a lock, but what it shares a key with', async () => {
  const { write } = createWriter()
  const order: string[] = []
  const note = (name: string) => () => void order.push(name)
  const held = await test.db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('locked'))`.execute(trx)
    const waiting = [
      write('locked', ['run']).then(note('locked')),
      write('1', ['run']).then(note('same run')),
    ]
    // Once these are under way: what begins together stays together.
    await setImmediate()
    await write('2', ['other run']).then(note('other run'))
    await write('3', ['third run']).then(note('third run'))
    return waiting
  })
  await Promise.all(held)
  expect(order).toEqual(['other run', 'third run', 'locked', 'same run'])
})
