import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { appendMetrics, logMetrics } from '../../../src/domain/metrics/log-metrics.ts'
import { storeSeries } from '../../../src/domain/metrics/store-series.ts'
import { readHistory } from '../../../src/domain/metrics/history.ts'
import { lockRun } from '../../../src/domain/runs/lock-run.ts'
import { readRun } from '../../../src/domain/runs/read-run.ts'
import { recordRun } from '../../../src/domain/runs/record-runs.ts'
import type { RunKey, SeriesInput } from '../../../src/domain/runs/types.ts'
import { updateRun } from '../../../src/domain/runs/update-runs.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const actor = { name: 'ana', origin: 'test' }

async function newRun(): Promise<RunKey> {
  return (await transaction(test.db, (trx) => recordRun(trx, test.ctx, actor, { project: 'points' }))).key
}

/** What a reader sees of a run. */
async function seen(key: RunKey) {
  const { metrics } = await readRun(test.ctx, key)
  const histories = await Promise.all(Object.keys(metrics).map((name) => readHistory(test.ctx, key, name)))
  return { metrics, histories }
}

/** Small ranges, so that repeats, equal extremes, gaps and steps that go back are frequent. */
const series: fc.Arbitrary<SeriesInput> = fc
  .record({
    name: fc.constantFrom('loss', 'acc'),
    points: fc.array(
      fc.record({
        step: fc.integer({ min: 0, max: 25 }),
        value: fc.oneof(
          fc.integer({ min: -2, max: 2 }),
          fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
        ),
        time: fc.option(fc.integer({ min: 1, max: 3 })),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    numbered: fc.boolean(),
    rising: fc.boolean(),
  })
  .map(({ name, points, numbered, rising }) => {
    const used = rising ? points.toSorted((a, b) => a.step - b.step) : points
    return {
      name,
      steps: numbered && !rising ? null : used.map(({ step }) => step),
      times: used.map(({ time }) => time),
      values: used.map(({ value }) => value),
    }
  })

it('the short way and the long way leave the same summaries and the same points', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(series, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      async (calls) => {
        const [short, long] = [await newRun(), await newRun()]
        for (const call of calls) {
          const [direct] = await appendMetrics(test.ctx, [{ key: short, series: call }])
          const counts =
            direct ?? (await transaction(test.db, (trx) => logMetrics(trx, test.ctx, short, call)))
          const [wanted] = await transaction(test.db, async (trx) => {
            await lockRun(trx, long)
            return await storeSeries(trx, test.ctx, [{ key: long, series: call }])
          })
          expect(counts).toEqual(wanted)
        }
        expect(await seen(short)).toEqual(await seen(long))
      },
    ),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 80) },
  )
})

it('appends nothing to a run that has ended, and leaves its last write alone', async () => {
  const key = await newRun()
  const point = (step: number) => [{ name: 'loss', steps: [step], times: null, values: [step] }]
  for (const step of [1, 2]) await transaction(test.db, (trx) => logMetrics(trx, test.ctx, key, point(step)))
  expect(await appendMetrics(test.ctx, [{ key, series: point(3) }])).toEqual([{ accepted: 1, repeats: 0 }])
  await transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, key, { status: 'finished' }))
  const before = await readRun(test.ctx, key)
  test.advance(60_000)
  expect(await appendMetrics(test.ctx, [{ key, series: point(4) }])).toEqual([undefined])
  expect(await readRun(test.ctx, key)).toEqual(before)
})

it('tells of a write every few seconds, so that the run does not count as lost', async () => {
  const key = await newRun()
  const point = (step: number) => [{ name: 'loss', steps: [step], times: null, values: [step] }]
  for (const step of [1, 2]) await transaction(test.db, (trx) => logMetrics(trx, test.ctx, key, point(step)))
  test.advance(6_000)
  await appendMetrics(test.ctx, [{ key, series: point(3) }])
  expect((await readRun(test.ctx, key)).last_write_at).toBe(test.ctx.clock.now().toISOString())
})
