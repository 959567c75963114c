import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Once } from '../../../src/domain/ingest/shared-writer.ts'
import { createWriters, type Writers } from '../../../src/domain/ingest/writers.ts'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import type { StartedRun } from '../../../src/domain/runs/write/start-runs.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

const actor = { name: 'ana', origin: 'importer' }

let test: TestContext
let writers: Writers
beforeAll(async () => {
  test = await createTestContext()
})
beforeEach(() => {
  writers = createWriters(test.ctx)
})
afterAll(() => test.close())

it('writes a run of the past with its points and their times, with no HTTP at all', async () => {
  const [began, ended] = [new Date('2024-05-01T08:00:00Z'), new Date('2024-05-01T10:30:00Z')]
  const times = [Date.parse('2024-05-01T08:30:00Z'), Date.parse('2024-05-01T09:30:00Z')]
  const input = { project: 'imported', source: 'importer', name: 'old', started_at: began }
  const { key, ...started } = await writers.start({ actor, input })
  expect(started).toEqual({
    project: 'imported',
    number: 1,
    name: 'old',
    status: 'running',
    duplicates: [],
    records: [],
  })
  const accuracy = { name: 'accuracy', steps: [1, 2], times, values: [0.5, 0.75] }
  expect(await writers.log({ key, series: [accuracy] })).toEqual({ accepted: 2 })
  const patch = { status: 'finished', ended_at: ended } as const
  const { records } = await writers.change({ actor, key, patch })
  expect(records).toEqual([{ metric: 'accuracy', value: 0.75, previous: null }])
  expect(await readRun(test.ctx, key)).toMatchObject({
    status: 'finished',
    source: 'importer',
    started_at: began.toISOString(),
    ended_at: ended.toISOString(),
    metrics: { accuracy: { last: 0.75, points: 2 } },
  })
  const { points } = await readHistory(test.ctx, key, 'accuracy')
  expect(points.map(({ time }) => Date.parse(time))).toEqual(times)
})

it('refuses one input with an error of the domain, and writes the others', async () => {
  const input = { project: 'refusals', on_duplicate: 'block', params: { lr: 1 } } as const
  const { key } = await writers.start({ actor, input })
  const repeated = writers.start({ actor, input })
  const other = writers.start({ actor, input: { ...input, params: { lr: 2 } } })
  await expect(repeated).rejects.toMatchObject({ code: 'conflict' })
  expect(await other).toMatchObject({ number: 2 })
  await expect(writers.start({ actor, input: { ...input, ...ENDED_EARLY } })).rejects.toMatchObject({
    code: 'invalid',
    details: { field: 'ended_at' },
  })
  await writers.change({ actor, key, patch: { status: 'failed' } })
  const late = { name: 'loss', steps: [1], times: null, values: [1] }
  await expect(writers.log({ key, series: [late] })).rejects.toMatchObject({ code: 'conflict' })
})

const ENDED_EARLY = {
  status: 'finished',
  started_at: new Date('2024-05-01T08:00:00Z'),
  ended_at: new Date('2024-05-01T07:00:00Z'),
} as const

it('writes what is in flight in one transaction, keys or not', async () => {
  const start = (lr: number) => ({ actor, input: { project: 'shared', params: { lr } } })
  await Promise.all([
    writers.start(start(1)),
    writers.start.once(start(2), once('shared')),
    writers.start(start(3)),
  ])
  const { rows } = await sql`
    select distinct runs.xmin::text from runs join projects on projects.id = project_id where projects.name = 'shared'`.execute(
    test.db,
  )
  expect(rows).toHaveLength(1)
})

function once(key: string, requestHash = 'a hash'): Once<StartedRun> {
  const word = ({ number }: StartedRun) => ({ status: 201, body: `run ${number}` })
  return { scope: 'test', key, requestHash, word }
}

describe('with a key', () => {
  const start = (project: string) => ({ actor, input: { project } })

  it('gives a repeat the first answer, and writes nothing', async () => {
    const first = await writers.start.once(start('once'), once('first'))
    expect(first).toMatchObject({ answer: { status: 201, body: 'run 1' }, output: { number: 1 } })
    const repeat = await writers.start.once(start('once'), once('first'))
    expect(repeat).toEqual({ answer: { status: 201, body: 'run 1' }, output: undefined })
    expect(await writers.start(start('once'))).toMatchObject({ number: 2 })
  })

  it('lets repeats of this and another process wait for the first while it is under way', async () => {
    const others = createWriters(test.ctx)
    const results = await Promise.all(
      [writers, writers, others, others].map(({ start: write }) =>
        write.once(start('waiting'), once('waiting')),
      ),
    )
    expect(results.map(({ answer }) => answer.body)).toEqual(['run 1', 'run 1', 'run 1', 'run 1'])
    expect(results.filter(({ output }) => output !== undefined)).toHaveLength(1)
  })

  it('refuses another request under the same key', async () => {
    await writers.start.once(start('reused'), once('reused'))
    const other = writers.start.once(start('reused'), once('reused', 'another hash'))
    await expect(other).rejects.toMatchObject({ code: 'key_reused', details: { field: 'Idempotency-Key' } })
  })

  it('leaves the key of a refused write free', async () => {
    const blocked = { project: 'free', params: { lr: 1 }, on_duplicate: 'block' } as const
    await writers.start({ actor, input: blocked })
    const refused = writers.start.once({ actor, input: blocked }, once('free'))
    await expect(refused).rejects.toMatchObject({ code: 'conflict' })
    const again = await writers.start.once(start('free'), once('free', 'another hash'))
    expect(again.answer.body).toBe('run 2')
  })

  it('honours answers that releases before this one stored', async () => {
    const stored = { scope: 'test', key: 'old', request_hash: 'a hash', status: 201 }
    await test.db
      .insertInto('idempotency_keys')
      .values({ ...stored, response: JSON.stringify('{"run":7}'), created_at: test.ctx.clock.now() })
      .execute()
    const repeat = await writers.start.once(start('old'), once('old'))
    expect(repeat).toEqual({ answer: { status: 201, body: '{"run":7}' }, output: undefined })
  })
})
