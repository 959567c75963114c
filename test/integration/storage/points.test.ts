import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Step } from '../../../src/db/step.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { readSeries } from '../../../src/points/read-points.ts'
import { thinPoints } from '../../../src/points/thin-points.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import type { RunKey } from '../../../src/db/tables.ts'
import type { SeriesInput } from '../../../src/points/index.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { PointsModel } from '../../support/points-model.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { logPoints, startRun } from '../../support/write-one.ts'

let test: TestContext
beforeAll(async () => {
  test = await createTestContext()
})
afterAll(() => test.close())

const actor = { name: 'ana', origin: 'test' }

async function newRun(): Promise<RunKey> {
  return (await transaction(test.db, (trx) => startRun(trx, test.ctx, actor, { project: 'points' }))).key
}

function log(key: RunKey, ...series: SeriesInput[]) {
  return logPoints(test.ctx, key, series)
}

function series(
  name: string,
  steps: Step[] | null,
  values: number[],
  times: (number | null)[] | null = null,
): SeriesInput {
  return { name, steps, times, values }
}

async function metric(key: RunKey, name: string) {
  return (await readRun(test.ctx, key)).metrics[name]
}

describe('points', () => {
  it('come back by step, the value that came last of each, and with all, each by step, then time', async () => {
    const key = await newRun()
    await log(key, series('loss', [3, 1], [0.3, 0.1], [30, 10]))
    await log(key, series('loss', [2, 1], [0.2, 0.15], [20, 5]))
    const shown = async (all: boolean) =>
      (await readHistory(test.ctx, key, 'loss', { all })).points.map(({ step, value }) => [step, value])
    expect(await shown(false)).toEqual([
      [1, 0.15],
      [2, 0.2],
      [3, 0.3],
    ])
    expect(await shown(true)).toEqual([
      [1, 0.15],
      [1, 0.1],
      [2, 0.2],
      [3, 0.3],
    ])
  })

  it('keep steps of all 63 bits', async () => {
    const key = await newRun()
    const steps = [-9223372036854775808n, -9007199254740993n, 0, 9007199254740993n, 9223372036854775807n]
    await log(key, series('loss', steps, [1, 2, 3, 4, 5]))
    const { points } = await readHistory(test.ctx, key, 'loss')
    expect(points.map(({ step }) => step)).toEqual(steps)
    expect(await metric(key, 'loss')).toMatchObject({
      last: 5,
      last_step: 9223372036854775807n,
      min_step: -9223372036854775808n,
    })
  })

  it('count once when a batch is sent again, in any part and order', async () => {
    const key = await newRun()
    const batch = series('loss', [0, 1, 2], [3, 2, 1])
    expect(await log(key, batch)).toEqual({ accepted: 3, repeats: 0 })
    expect(await log(key, batch)).toEqual({ accepted: 0, repeats: 3 })
    expect(await log(key, series('loss', [2, 0, 3, 3], [1, 3, 9, 9]))).toEqual({ accepted: 1, repeats: 3 })
    expect(await metric(key, 'loss')).toMatchObject({ points: 4, last: 9, min: 1, min_step: 2 })
  })

  it('are another point with another value or another time that was sent', async () => {
    const key = await newRun()
    await log(key, series('loss', [1], [0.5], [1_000]))
    expect(await log(key, series('loss', [1], [0.5], [2_000]))).toEqual({ accepted: 1, repeats: 0 })
    expect(await log(key, series('loss', [1], [0.6], [1_000]))).toEqual({ accepted: 1, repeats: 0 })
    expect(await log(key, series('loss', [1], [0.5]))).toEqual({ accepted: 0, repeats: 1 })
  })

  it('without steps are numbered, count each time, and show no step', async () => {
    const key = await newRun()
    await log(key, series('acc', null, [0.5, 0.5]))
    await log(key, series('acc', null, [0.5]))
    const { points } = await readHistory(test.ctx, key, 'acc')
    expect(points.map(({ step }) => step)).toEqual([0, 1, 2])
    expect(await metric(key, 'acc')).toMatchObject({ points: 3, value: 0.5, step: null })
  })

  it('that are not finite are counted apart and never are an extreme', async () => {
    const key = await newRun()
    await log(
      key,
      series(
        'loss',
        [0, 1, 2, 3, 4],
        [Number.NaN, 0.5, Number.NEGATIVE_INFINITY, 0.4, Number.POSITIVE_INFINITY],
      ),
    )
    expect(await metric(key, 'loss')).toMatchObject({
      points: 5,
      nans: 1,
      infinities: 2,
      min: 0.4,
      max: 0.5,
      value: 0.4,
      step: 3,
    })
    const { points } = await readHistory(test.ctx, key, 'loss')
    expect(points.map(({ value }) => value)).toEqual(['NaN', 0.5, '-Infinity', 0.4, 'Infinity'])
  })

  it('round trip whatever they are, and the summary is what a fold over all of them gives', async () => {
    const step = fc.oneof(
      fc.integer(),
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        .map((big) => (Number.isSafeInteger(Number(big)) ? Number(big) : big)),
    )
    const point = fc.record({
      step,
      value: fc.double(),
      time: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(point, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 }),
        async (batches) => {
          const key = await newRun()
          const model = new PointsModel()
          for (const batch of batches) {
            const one = series(
              'm',
              batch.map(({ step }) => step),
              batch.map(({ value }) => value),
              batch.map(({ time }) => time),
            )
            await log(key, one)
            model.add([one], test.ctx.clock.now().getTime())
          }
          const view = await metric(key, 'm')
          const metricId = (
            await test.db.selectFrom('metrics').select('id').where('name', '=', 'm').executeTakeFirstOrThrow()
          ).id
          const { points: all } = await readSeries(test.ctx, key, metricId, { all: true })
          const { steps, times, values } = all
          const stored = Array.from(values, (value, index) => ({
            step: steps[index] as Step,
            value,
            time: times[index] as number,
          }))
          const text = ({ step, value, time }: { step: Step; value: number; time: number }) =>
            `${step} ${Object.is(value, -0) ? '-0' : value} ${time}`
          const wanted = new Set(batches.flat().map(text))
          expect(new Set(stored.map(text))).toEqual(wanted)
          expect(stored).toHaveLength(wanted.size)
          const unsigned = (value: number | null = null) => (value === null ? null : value + 0)
          expect({ ...view, min: unsigned(view?.min), max: unsigned(view?.max) }).toMatchObject(
            model.summary('m'),
          )
          for (const max of [1, 3, 9, 200]) {
            const thinned = await readSeries(test.ctx, key, metricId, { max, all: true })
            expect(thinned).toEqual({ count: stored.length, points: thinPoints(all, max) })
          }
        },
      ),
      fuzzRuns(40),
    )
  })

  it.each([
    ['that go on where the last one ended', [0, 700, 1_400]],
    ['that overlap', [0, 650, 1_400]],
    ['that come late', [1_400, 0, 700]],
  ])('thinned from rows %s they are those of all points thinned', async (_how, starts) => {
    const key = await newRun()
    for (const start of starts) {
      const steps = Array.from({ length: 700 }, (_, index) => start + index)
      const values = steps.map((step) => (step === 333 ? 99 : Math.sin(step)))
      const times = steps.map((step) => 1_764_000_000_000 + step * 1_000 + (step % 7))
      await log(key, series('rows', steps, values, times))
    }
    const { id } = await test.db
      .selectFrom('metrics')
      .select('id')
      .where('name', '=', 'rows')
      .executeTakeFirstOrThrow()
    const { points: all } = await readSeries(test.ctx, key, id)
    for (const max of [2, 10, 50, 501, 5_000]) {
      const { count, points } = await readSeries(test.ctx, key, id, { max })
      expect(count).toBe(all.values.length)
      expect(points).toEqual(thinPoints(all, max))
    }
  })

  it('from many connections at once, in shuffled batches with repeats: nothing lost, nothing doubled', async () => {
    const key = await newRun()
    const names = ['a', 'b', 'c', 'd']
    const batches = Array.from({ length: 20 }, (_, batch) =>
      names
        .toSorted(() => (batch % 2 === 0 ? 1 : -1))
        .map((name) => {
          const steps = Array.from({ length: 30 }, (_, index) => (batch % 10) * 20 + index)
          return series(
            name,
            steps,
            steps.map((step) => step / 7),
          )
        }),
    )
    await Promise.all(batches.map((batch) => log(key, ...batch)))
    for (const name of names) {
      expect(await metric(key, name)).toMatchObject({ points: 210, last: 209 / 7, min: 0, max: 209 / 7 })
      expect((await readHistory(test.ctx, key, name)).count).toBe(210)
    }
  })

  it('of a run that ended are refused whole, but for exact repeats', async () => {
    const key = await newRun()
    await log(key, series('loss', [1], [0.5]))
    await test.db
      .updateTable('runs')
      .set({ status: 'finished', ended_at: new Date() })
      .where('id', '=', key.runId)
      .execute()
    expect(await log(key, series('loss', [1], [0.5]))).toEqual({ accepted: 0, repeats: 1 })
    await expect(log(key, series('loss', [1], [0.5]), series('acc', [1], [1]))).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await metric(key, 'acc')).toBeUndefined()
  })
})
