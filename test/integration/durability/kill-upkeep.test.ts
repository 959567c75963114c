import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../../src/context.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { chunksOf, insertChunks } from '../../../src/points/chunks.ts'
import { joinSeries, partOf } from '../../../src/points/join-series.ts'
import { removePages } from '../../../src/points/pages.ts'
import { readSeries } from '../../../src/points/read-points.ts'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import type { RunKey } from '../../../src/db/tables.ts'
import { type ChildInstance, crashMarker, startChild } from '../../support/child-instance.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { hasRedis, startRedis, type TestRedis } from '../../support/redis.ts'
import { appendPoints, logPoints, startRun, updateRun } from '../../support/write-one.ts'

const METRICS = ['accuracy', 'loss', 'rate']
/** Two metrics fill a piece, the third is one of its own: small rows, and a few points in pages. */
const ROWS = 80
const ROW = 30
const TAIL = 10
const POINTS = ROWS * ROW + TAIL
const ACTOR = { name: 'ana', origin: 'test' }

let test: TestContext
let redis: TestRedis | undefined
let key: RunKey
const children: ChildInstance[] = []

beforeEach(async () => {
  test = await createTestContext(new Date())
  key = (await transaction(test.db, (trx) => startRun(trx, test.ctx, ACTOR, { project: 'churn' }))).key
  for (let from = 0; from < POINTS; from += from < ROWS * ROW ? ROW : 1) {
    const steps = Array.from({ length: from < ROWS * ROW ? ROW : 1 }, (_, index) => from + index)
    const series = METRICS.map((name, at) => ({
      name,
      steps,
      times: steps,
      values: steps.map((step) => step / (at + 1)),
    }))
    await logPoints(test.ctx, key, series)
    if (from < ROWS * ROW) await storePagesAsChunks()
  }
  await transaction(test.db, (trx) => updateRun(trx, test.ctx, ACTOR, key, { status: 'finished' }))
})

afterEach(async () => {
  for (const child of children.splice(0)) await child.stop()
  await redis?.stop()
  redis = undefined
  await test.close()
})

/** Chunks as small as a run with many metrics has them. */
async function storePagesAsChunks(): Promise<void> {
  await transaction(test.db, async (trx) => {
    const series = joinSeries((await removePages(trx, [key])).get(key.runId) ?? [])
    await insertChunks(
      trx,
      series.flatMap((one) => chunksOf(key, one.metricId, partOf(one))),
    )
  })
}

async function start(env: Record<string, string> = {}): Promise<ChildInstance> {
  const queue = redis === undefined ? {} : { REDIS_URL: redis.url }
  const child = await startChild({ DATABASE_URL: test.url, ...queue, ...env })
  children.push(child)
  return child
}

/** By metric how many chunks its points are in, and the points themselves. */
async function state() {
  const metrics = await test.db
    .selectFrom('metric_summaries')
    .innerJoin('metrics', 'metrics.id', 'metric_summaries.metric_id')
    .select(['metrics.id', 'metrics.name'])
    .orderBy('metrics.name')
    .execute()
  return await Promise.all(
    metrics.map(async ({ id, name }) => {
      const rows = await test.db
        .selectFrom('metric_chunks')
        .select('id')
        .where('metric_id', '=', id)
        .execute()
      const { points: read } = await readSeries(test.ctx, key, id)
      return { name, rows: rows.length, steps: read.steps, values: [...read.values] }
    }),
  )
}

const whole = METRICS.map((_name, at) => ({
  steps: Array.from({ length: POINTS }, (_, step) => step),
  values: Array.from({ length: POINTS }, (_, step) => step / (at + 1)),
}))

const backends = hasRedis() ? ['PostgreSQL', 'Redis'] : ['PostgreSQL']
const points: [Checkpoint, number, number[]][] = [
  ['compaction.merged', 1, [ROWS, ROWS, ROWS]],
  ['compaction.piece-done', 1, [1, 1, ROWS + 1]],
  ['compaction.merged', 2, [1, 1, ROWS + 1]],
]

describe.each(backends)('compaction, killed with its queue on %s', (backend) => {
  it.each(points)(
    'at %s, pass %i: points are whole, and the next one goes on when the lease is over',
    async (point, count, rows) => {
      redis = backend === 'Redis' ? await startRedis() : undefined
      const marker = await crashMarker(point, count)
      const doomed = await start(marker.env).catch(() => undefined)
      if (doomed?.child.signalCode === null) await once(doomed.child, 'exit')
      expect(marker.wasHit()).toBe(true)
      const after = await state()
      expect(after).toMatchObject(whole)
      expect(after.map((metric) => metric.rows).toSorted((a, b) => a - b)).toEqual(rows)

      const { due_at } = await test.db.selectFrom('compactions').select('due_at').executeTakeFirstOrThrow()
      expect(due_at.getTime()).toBeGreaterThan(Date.now())
      // A minute passes.
      await test.db.updateTable('compactions').set({ due_at: new Date() }).execute()
      await start()
      const left = () => test.db.selectFrom('compactions').select('run_id').execute()
      await expect.poll(left, { timeout: 20_000 }).toEqual([])
      expect(await state()).toMatchObject(whole.map((metric) => ({ ...metric, rows: 1 })))
      await marker.remove()
    },
    60_000,
  )
})

it.each<[Checkpoint, number]>([
  ['fold.folded', 30],
  ['fold.committed', 0],
])(
  'a fold of the point log, killed at %s: nothing is lost or counted twice',
  async (point, left) => {
    const { key: running } = await transaction(test.db, (trx) =>
      startRun(trx, test.ctx, ACTOR, { project: 'churn' }),
    )
    for (let step = 0; step < 30; step++) {
      const series = METRICS.map((name, at) => ({
        name,
        steps: [step],
        times: [step],
        values: [step / (at + 1)],
      }))
      await appendPoints(test.ctx, running, series)
    }
    const waiting = async () => (await test.db.selectFrom('point_log').select('id').execute()).length
    const marker = await crashMarker(point, 1)
    const doomed = await start(marker.env).catch(() => undefined)
    if (doomed?.child.signalCode === null) await once(doomed.child, 'exit')
    expect(marker.wasHit()).toBe(true)
    expect(await waiting()).toBe(left)
    await start()
    await expect.poll(waiting, { timeout: 20_000 }).toBe(0)
    const { metrics } = await readRun(test.ctx, running)
    for (const [at, name] of METRICS.entries()) {
      expect(metrics[name]).toMatchObject({ points: 30, last: 29 / (at + 1), min: 0 })
      const { points: shown } = await readHistory(test.ctx, running, name)
      expect(shown.map(({ step, value }) => [step, value])).toEqual(
        Array.from({ length: 30 }, (_, step) => [step, step / (at + 1)]),
      )
    }
    await marker.remove()
  },
  60_000,
)

it('a prune, killed between two pieces: what is young stays, and the next one forgets the rest', async () => {
  const day = 24 * 3_600_000
  const answers = (from: number, count: number, at: Date) =>
    test.db
      .insertInto('answers')
      .values(
        Array.from({ length: count }, (_, index) => ({
          id: `a${from + index}`,
          line: 'best accuracy',
          message: '{}',
          platform: 'console',
          workspace: '',
          channel: 'console',
          user_id: 'ana',
          created_at: at,
          shared_at: null,
        })),
      )
      .execute()
  await answers(0, 1_500, new Date(Date.now() - 2 * day))
  await answers(10_000, 1, new Date())
  const count = async () => (await test.db.selectFrom('answers').select('id').execute()).length
  // The first piece finds no repeated request to forget, the second takes a thousand answers.
  const marker = await crashMarker('prune.piece-done', 2)
  const doomed = await start(marker.env).catch(() => undefined)
  if (doomed?.child.signalCode === null) await once(doomed.child, 'exit')
  expect(marker.wasHit()).toBe(true)
  expect(await count()).toBe(501)
  const { due_at } = await test.db.selectFrom('chores').select('due_at').executeTakeFirstOrThrow()
  expect(due_at.getTime()).toBeGreaterThan(Date.now())
  // A minute passes.
  await test.db.updateTable('chores').set({ due_at: new Date() }).execute()
  await start()
  await expect.poll(count, { timeout: 20_000 }).toBe(1)
  await marker.remove()
}, 60_000)
