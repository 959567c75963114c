import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runLater, runStatement, runTogether } from '../../../src/db/statements.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const ADD = '/* test-add, later */ insert into projects (name, created_at) values ($1, now())'
const COUNT = { text: '/* test-count */ select count(*)::int as count from projects', parameters: [] }
const NAMES = { text: '/* test-names */ select name from projects order by name', parameters: [] }
const FAIL = { text: '/* test-fail */ select 1 / $1::int as quotient', parameters: [0] }

type Count = { count: number }
type Name = { name: string }

/** Everything is undone in the end. */
async function undone<T>(work: Parameters<typeof transaction<T>>[1]): Promise<T | undefined> {
  let result: T | undefined
  await transaction(test.db, async (trx) => {
    result = await work(trx)
    await sql`select 1 / 0`.execute(trx)
  }).catch(() => {})
  return result
}

it('statements that go together see what those before them did, in a transaction', async () => {
  const seen = await undone(async (trx) => {
    await runStatement(trx, ADD, ['churn'])
    const first = await runTogether<[Count, Name]>(trx, [COUNT, NAMES])
    await runStatement(trx, ADD, ['fraud'])
    return [first, await runTogether<[Count, Name]>(trx, [COUNT, NAMES])]
  })
  expect(seen).toEqual([
    [[{ count: 1 }], [{ name: 'churn' }]],
    [[{ count: 2 }], [{ name: 'churn' }, { name: 'fraud' }]],
  ])
  expect(await runTogether<[Count, Name]>(test.db, [COUNT, NAMES])).toEqual([[{ count: 0 }], []])
})

it('what is read later is as it was where the statement stands, whoever waits first', async () => {
  const seen = await undone(async (trx) => {
    const none = await runLater<[Count]>(trx, [COUNT])
    await runStatement(trx, ADD, ['churn'])
    const one = await runLater<[Count, Name]>(trx, [COUNT, NAMES])
    await runStatement(trx, ADD, ['fraud'])
    const two = await runStatement<Count>(trx, COUNT.text, [])
    const alone = await runLater<[Count]>(trx, [COUNT])
    return [await none(), await one(), two, await alone()]
  })
  expect(seen).toEqual([
    [[{ count: 0 }]],
    [[{ count: 1 }], [{ name: 'churn' }]],
    [{ count: 2 }],
    [[{ count: 2 }]],
  ])
})

it('the first error of a round trip is the one that is thrown, and nothing of the transaction stays', async () => {
  const failed = transaction(test.db, async (trx) => {
    await runStatement(trx, ADD, ['churn'])
    await runTogether<[object, Count]>(trx, [FAIL, COUNT])
  })
  await expect(failed).rejects.toMatchObject({ message: 'division by zero' })
  const late = transaction(test.db, async (trx) => {
    await runStatement(trx, ADD, ['churn'])
    await runLater<[object]>(trx, [FAIL])
  })
  await expect(late).rejects.toMatchObject({ message: 'division by zero' })
  expect(await runTogether<[Count]>(test.db, [COUNT])).toEqual([[{ count: 0 }]])
})
