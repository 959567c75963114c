import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '../../../src/db/transaction.ts'
import { appendPoints, type PointsInput } from '../../../src/domain/ingest/log-points.ts'
import { storeSeries } from '../../../src/points/store-series.ts'
import { ensureMetricIds } from '../../../src/domain/metrics/ensure-metrics.ts'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { lockRun } from '../../../src/domain/runs/lock-run.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import type { RunKey } from '../../../src/db/tables.ts'
import type { Counts, SeriesInput } from '../../../src/points/index.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { logPoints, startRun, updateRun } from '../../support/write-one.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const actor = { name: 'ana', origin: 'test' }

async function newRun(): Promise<RunKey> {
  return (await transaction(test.db, (trx) => startRun(trx, test.ctx, actor, { project: 'points' }))).key
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

/** As requests go: first the light way, then the whole one; undefined is left to a transaction. */
async function append([input]: [PointsInput]): Promise<(Counts | undefined)[]> {
  const [light] = await appendPoints(test.ctx, [input], 'light')
  return light === undefined ? await appendPoints(test.ctx, [input], 'full') : [light]
}

it('the short way and the long way leave the same summaries and the same points', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(series, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      async (calls) => {
        const [short, long] = [await newRun(), await newRun()]
        for (const call of calls) {
          const [direct] = await append([{ key: short, series: call }])
          const counts =
            direct ?? (await transaction(test.db, (trx) => logPoints(trx, test.ctx, short, call)))
          const [wanted] = await transaction(test.db, async (trx) => {
            await lockRun(trx, long)
            return await storeSeries(trx, test.ctx, [{ key: long, series: call }], {
              ensureMetrics: ensureMetricIds,
            })
          })
          expect(counts).toEqual(wanted)
        }
        expect(await seen(short)).toEqual(await seen(long))
      },
    ),
    fuzzRuns(40),
  )
})

it('appends nothing to a run that has ended, and leaves its last write alone', async () => {
  const key = await newRun()
  const point = (step: number) => [{ name: 'loss', steps: [step], times: null, values: [step] }]
  for (const step of [1, 2]) await transaction(test.db, (trx) => logPoints(trx, test.ctx, key, point(step)))
  expect(await append([{ key, series: point(3) }])).toEqual([{ accepted: 1, repeats: 0 }])
  await transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, key, { status: 'finished' }))
  const before = await readRun(test.ctx, key)
  test.advance(60_000)
  expect(await append([{ key, series: point(4) }])).toEqual([undefined])
  expect(await readRun(test.ctx, key)).toEqual(before)
})

it('tells of a write every few seconds, so that the run does not count as lost', async () => {
  const key = await newRun()
  const point = (step: number) => [{ name: 'loss', steps: [step], times: null, values: [step] }]
  for (const step of [1, 2]) await transaction(test.db, (trx) => logPoints(trx, test.ctx, key, point(step)))
  test.advance(6_000)
  await append([{ key, series: point(3) }])
  expect((await readRun(test.ctx, key)).last_write_at).toBe(test.ctx.clock.now().toISOString())
})

/** Rising series that go on, with sizes around those at which a tail makes way, and now and then something else. */
const goingOn = fc.array(
  fc.record({
    size: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 15, max: 45 })),
    kind: fc.constantFrom('on', 'on', 'on', 'on', 'again', 'below', 'numbered'),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 25 },
)

it('keeps the newest points in the tail of a summary, and shows them as all others', async () => {
  await fc.assert(
    fc.asyncProperty(goingOn, async (calls) => {
      const [short, long] = [await newRun(), await newRun()]
      let next = 0
      for (const { size, kind, times } of calls) {
        for (let time = 0; time < (kind === 'on' ? times : 1); time++) {
          const from = { on: next, numbered: next, again: Math.max(0, next - size), below: -next - size }[
            kind
          ]
          const steps = Array.from({ length: size }, (_, index) => from + index)
          next = Math.max(next, from + size)
          const one = {
            name: 'loss',
            steps: kind === 'numbered' ? null : steps,
            times: steps.map((step) => step * 2),
            values: steps.map((step) => (step % 7 === 0 ? Number.NaN : Math.sin(step))),
          }
          const [direct] = await append([{ key: short, series: [one] }])
          const counts =
            direct ?? (await transaction(test.db, (trx) => logPoints(trx, test.ctx, short, [one])))
          const [wanted] = await transaction(test.db, async (trx) => {
            await lockRun(trx, long)
            return await storeSeries(trx, test.ctx, [{ key: long, series: [one] }], {
              ensureMetrics: ensureMetricIds,
            })
          })
          expect(counts).toEqual(wanted)
        }
      }
      expect(await seen(short)).toEqual(await seen(long))
      await transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, short, { status: 'finished' }))
      expect((await seen(short)).histories).toEqual((await seen(long)).histories)
    }),
    fuzzRuns(20),
  )
})

it('appends from several connections at once, while the run ends, without losing or doubling a point', async () => {
  for (let round = 0; round < 20; round++) {
    const key = await newRun()
    const point = (step: number) => [
      { name: 'acc', steps: [step], times: null, values: [step % 2 === 0 ? step : -step] },
    ]
    for (const step of [1, 2]) await transaction(test.db, (trx) => logPoints(trx, test.ctx, key, point(step)))
    const taken: number[] = []
    const finish = Promise.withResolvers<void>()
    const writers = [0, 1, 2].map(async (writer) => {
      for (let count = 0; count < 60; count++) {
        const step = 3 + count * 3 + writer
        if (count === 20 + round) finish.resolve()
        const [direct] = await append([{ key, series: point(step) }]).catch(() => [])
        const counts =
          direct ??
          (await transaction(test.db, (trx) => logPoints(trx, test.ctx, key, point(step))).catch(
            () => undefined,
          ))
        if (counts !== undefined && counts.accepted === 1) taken.push(step)
      }
    })
    await finish.promise
    const { records } = await transaction(test.db, (trx) =>
      updateRun(trx, test.ctx, actor, key, { status: 'finished', metrics: {} }),
    )
    await Promise.all(writers)
    const { metrics, histories } = await seen(key)
    const steps = [1, 2, ...taken].toSorted((a, b) => a - b)
    expect(histories[0]?.points.map(({ step }) => step)).toEqual(steps)
    const most = Math.max(...steps.filter((step) => step % 2 === 0))
    expect(metrics['acc']).toMatchObject({ points: steps.length, max: most, last_step: steps.at(-1) })
    // The record was decided by what the run had when it ended, and by nothing less.
    if (records.length > 0) expect(records[0]?.value).toBe(most)
  }
}, 90_000)
