import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../../src/context.ts'
import { createDb, createPool } from '../../../src/db/client.ts'
import type { PointColumns } from '../../../src/points/packed-points.ts'
import type { Database, RunKey } from '../../../src/db/tables.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { chunksOf as toChunks, insertChunks } from '../../../src/points/chunks.ts'
import { joinSeries, partOf } from '../../../src/points/join-series.ts'
import { removePages } from '../../../src/points/pages.ts'
import { compactRuns, hasCompactions } from '../../../src/points/compact-runs.ts'
import { readSeries } from '../../../src/points/read-points.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import type { SeriesInput } from '../../../src/points/index.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { pointsArbitrary, pointTexts } from '../../support/points-arbitrary.ts'
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

const log = (key: RunKey, series: SeriesInput) => logPoints(test.ctx, key, [series])

const seriesOf = ({ steps, times, values }: PointColumns): SeriesInput => ({
  name: 'm',
  steps,
  times,
  values: Array.from(values),
})

async function metricId(): Promise<number> {
  const query = test.db.selectFrom('metrics').select('id').where('name', '=', 'm')
  return (await query.executeTakeFirstOrThrow()).id
}

async function stored(key: RunKey): Promise<PointColumns> {
  const id = await metricId()
  return (await readSeries(test.ctx, key, id, { all: true })).points
}

async function rows(key: RunKey): Promise<number[]> {
  const found = await test.db
    .selectFrom('metric_chunks')
    .select('points')
    .where('run_id', '=', key.runId)
    .orderBy('id')
    .execute()
  return found.map(({ points }) => points)
}

/** How many points of one metric lie in pages. */
async function paged(key: RunKey): Promise<number[]> {
  const query = test.db.selectFrom('point_pages').select('points').where('run_id', '=', key.runId)
  return (await query.orderBy('id').execute()).map(({ points }) => points)
}

const finish = (key: RunKey) =>
  transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, key, { status: 'finished' }))

/** One point per call and fold, as a slow training loop does it. */
async function logSingly(key: RunKey, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++)
    await log(key, { name: 'm', steps: [step], times: [step * 7], values: [step / 3] })
}

/** Chunks as earlier releases and runs with many metrics have them: smaller than a fold of one metric makes them. */
async function chunksOf(key: RunKey, count: number, size: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const steps = Array.from({ length: size }, (_, index) => at * size + index)
    await storeChunk(key, { steps, times: steps, values: steps })
  }
}

async function storeChunk(
  key: RunKey,
  columns: { steps: number[]; times: number[]; values: number[] },
): Promise<void> {
  await log(key, { name: 'm', ...columns })
  await transaction(test.db, async (trx) => {
    const series = joinSeries((await removePages(trx, [key])).get(key.runId) ?? [])
    const chunks = series.flatMap((one) => toChunks(key, one.metricId, partOf(one)))
    await insertChunks(trx, chunks)
  })
}

const reopen = (key: RunKey) =>
  transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, key, { status: 'running' }))

const single = (count: number) =>
  Array.from({ length: count }, (_, step) => ({ step, time: step * 7, value: step / 3 }))

function pointsOf({ steps, times, values }: PointColumns) {
  return Array.from(values, (value, index) => ({ step: steps[index], time: times[index], value }))
}

describe('compaction', () => {
  it('puts the single points of an ended run into one row, and forgets that it was asked for', async () => {
    const key = await newRun()
    await logSingly(key, 0, 200)
    expect(await rows(key)).toEqual([])
    expect((await paged(key)).length).toBeLessThan(16)
    expect(await hasCompactions(test.ctx)).toBe(false)
    await finish(key)
    expect(await hasCompactions(test.ctx)).toBe(true)
    expect(await compactRuns(test.ctx)).toBe(false)
    expect([await rows(key), await paged(key)]).toEqual([[200], []])
    expect(await hasCompactions(test.ctx)).toBe(false)
    expect(pointsOf(await stored(key))).toEqual(single(200))
    expect((await readRun(test.ctx, key)).metrics['m']).toMatchObject({ points: 200, last: 199 / 3 })
  })

  it('comes after the end; until then pages make way for chunks, and repeats are known afterwards', async () => {
    const key = await newRun()
    for (let batch = 0; batch < 64; batch++) {
      const steps = Array.from({ length: 30 }, (_, index) => batch * 30 + index)
      const columns = { steps, times: steps.map((step) => step * 7), values: steps.map((step) => step / 3) }
      expect(await log(key, { name: 'm', ...columns })).toEqual({ accepted: 30, repeats: 0 })
    }
    await logSingly(key, 1_920, 1_930)
    expect(await rows(key)).toEqual([510, 510, 510])
    expect(await hasCompactions(test.ctx)).toBe(false)
    expect(pointsOf(await stored(key))).toEqual(single(1_930))
    const again = { name: 'm', steps: [17], times: [17 * 7], values: [17 / 3] }
    expect(await log(key, again)).toEqual({ accepted: 0, repeats: 1 })
    await finish(key)
    await compactRuns(test.ctx)
    expect([await rows(key), await paged(key)]).toEqual([[1_930], []])
    expect(pointsOf(await stored(key))).toEqual(single(1_930))
    await reopen(key)
    expect(await log(key, again)).toEqual({ accepted: 0, repeats: 1 })
    await logSingly(key, 1_930, 1_950)
    expect(pointsOf(await stored(key))).toEqual(single(1_950))
  })

  it('works in bounded pieces', async () => {
    const key = await newRun()
    await chunksOf(key, 30, 400)
    expect(await rows(key)).toHaveLength(30)
    await finish(key)
    await compactRuns(test.ctx)
    expect(await rows(key)).toEqual([4_096, 704, 4_096, 704, 2_400])
    expect((await stored(key)).steps).toEqual(Array.from({ length: 12_000 }, (_, index) => index))
  })

  it('merges small rows with no large one between them, so that the order of arrival stays', async () => {
    const key = await newRun()
    for (const [from, count] of [
      [0, 300],
      [300, 300],
      [600, 3_000],
      [600, 200],
      [3_600, 300],
    ] as const) {
      const steps = Array.from({ length: count }, (_, index) => from + index)
      await storeChunk(key, { steps, times: steps, values: steps.map((step) => step + count / 1_000) })
    }
    const before = (await readSeries(test.ctx, key, await metricId())).points
    await finish(key)
    await compactRuns(test.ctx)
    expect(await rows(key)).toEqual([600, 3_000, 500])
    expect((await readSeries(test.ctx, key, await metricId())).points).toEqual(before)
  })

  it('keeps points with steps and points without apart, in the order of their arrival', async () => {
    const key = await newRun()
    for (let index = 0; index < 4; index++) {
      await log(key, { name: 'm', steps: [index], times: null, values: [index] })
      await log(key, { name: 'm', steps: null, times: null, values: [-index] })
    }
    const before = pointTexts(await stored(key)).toSorted()
    await finish(key)
    await compactRuns(test.ctx)
    expect(await rows(key)).toHaveLength(8)
    expect(pointTexts(await stored(key)).toSorted()).toEqual(before)
    expect(await log(key, { name: 'm', steps: [3], times: null, values: [3] })).toMatchObject({ repeats: 1 })
  })

  it('loses and doubles nothing, whatever the points, with writers at work all the time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pointsArbitrary(12), { minLength: 2, maxLength: 8 }), async (batches) => {
        const key = await newRun()
        const others = await newRun()
        await Promise.all([
          ...batches.map((batch) => log(key, seriesOf(batch))),
          logSingly(others, 0, 12),
          ...[1, 2, 3].map(async () => {
            await askFor(test.db, key)
            await compactRuns(test.ctx)
          }),
        ])
        await askFor(test.db, key)
        await finish(key)
        test.advance(61_000)
        await compactRuns(test.ctx)
        const wanted = new Set(batches.flatMap((batch) => pointTexts(canonical(batch))))
        const found = pointTexts(canonical(await stored(key)))
        expect(new Set(found)).toEqual(wanted)
        expect(found).toHaveLength(wanted.size)
        expect(pointsOf(await stored(others))).toEqual(single(12))
        expect([await paged(key), (await paged(others)).length]).toEqual([[], 11])
      }),
      fuzzRuns(30),
    )
  }, 120_000)

  it('ends half way without a trace, and another takes the run when the lease is over', async () => {
    const key = await newRun()
    await logSingly(key, 0, 50)
    await finish(key)
    const broken = (name: Checkpoint) => {
      if (name === 'compaction.merged') throw new Error('ended here')
    }
    await expect(compactRuns({ ...test.ctx, checkpoint: broken })).rejects.toThrow('ended here')
    expect(await rows(key)).toEqual([])
    expect(pointsOf(await stored(key))).toEqual(single(50))
    expect(await compactRuns(test.ctx)).toBe(false)
    expect(await rows(key)).toEqual([])
    test.advance(61_000)
    await compactRuns(test.ctx)
    expect(await rows(key)).toEqual([50])
    expect(pointsOf(await stored(key))).toEqual(single(50))
  })

  it('gives every run its turn: one with much to do goes behind the others', async () => {
    const [large, small] = [await newRun(), await newRun()]
    await chunksOf(large, 40, 400)
    await logSingly(small, 0, 20)
    await finish(large)
    test.advance(1)
    await finish(small)
    test.advance(1)
    expect(await compactRuns(test.ctx, { pieces: 1 })).toBe(true)
    expect((await rows(large)).filter((points) => points >= 500)).toHaveLength(2)
    expect(await rows(small)).toEqual([])
    expect(await compactRuns(test.ctx, { pieces: 1 })).toBe(true)
    expect(await rows(small)).toEqual([20])
    expect((await rows(large)).length).toBeGreaterThan(20)
    expect(await compactRuns(test.ctx)).toBe(false)
    expect(Math.min(...(await rows(large)))).toBeGreaterThan(500)
    expect((await stored(large)).steps).toEqual(Array.from({ length: 16_000 }, (_, index) => index))
  })

  it('leaves at once what it has when the process ends, for another to take', async () => {
    const key = await newRun()
    await logSingly(key, 0, 20)
    await finish(key)
    const ending = new AbortController()
    const ctx = {
      ...test.ctx,
      checkpoint: (name: Checkpoint) => name === 'compaction.merged' && ending.abort(),
    }
    await compactRuns(ctx, { stopping: ending.signal })
    expect(await rows(key)).toEqual([20])
    expect(await compactRuns(test.ctx, { stopping: ending.signal })).toBe(true)
    expect(await compactRuns(test.ctx)).toBe(false)
    expect(await hasCompactions(test.ctx)).toBe(false)
  })

  it('meets a deletion of the run, and another that took it after the lease, without harm', async () => {
    const [gone, shared] = [await newRun(), await newRun()]
    for (const key of [gone, shared]) await logSingly(key, 0, 60)
    await finish(gone)
    test.advance(1)
    await finish(shared)
    const meanwhile: Promise<unknown>[] = []
    const ctx = {
      ...test.ctx,
      checkpoint: (name: Checkpoint) => {
        if (name !== 'compaction.merged') return
        if (meanwhile.length === 0)
          meanwhile.push(test.db.deleteFrom('runs').where('id', '=', gone.runId).execute())
        else if (meanwhile.length === 1) {
          test.advance(61_000)
          meanwhile.push(compactRuns(test.ctx))
        }
      },
    }
    test.advance(1)
    expect(await compactRuns(ctx)).toBe(false)
    expect(meanwhile).toHaveLength(2)
    await Promise.all(meanwhile)
    expect(await rows(gone)).toEqual([])
    expect(await rows(shared)).toEqual([60])
    expect(await paged(shared)).toEqual([])
    expect(pointsOf(await stored(shared))).toEqual(single(60))
    expect(await hasCompactions(test.ctx)).toBe(false)
  })

  it('is not forgotten when it is asked for again while it is under way', async () => {
    const key = await newRun()
    await logSingly(key, 0, 30)
    await finish(key)
    // Of one connection, the request made in the transaction comes next after it: before the run is closed.
    const db = createDb(createPool({ url: test.url, max: 1, onError: () => {} }))
    let asking: Promise<void> | undefined
    const checkpoint = (name: Checkpoint) => {
      if (name === 'compaction.merged') asking ??= askFor(db, key)
    }
    expect(await compactRuns({ ...test.ctx, db, checkpoint })).toBe(false)
    expect(asking).toBeDefined()
    await asking
    await db.destroy()
    test.advance(61_000)
    expect(await hasCompactions(test.ctx)).toBe(true)
    await compactRuns(test.ctx)
    expect(await hasCompactions(test.ctx)).toBe(false)
  })
})

/** As a point of the same step and time, one NaN is a repeat of another. */
function canonical({ steps, times, values }: PointColumns): PointColumns {
  return { steps, times, values: values.map((value) => (Number.isNaN(value) ? Number.NaN : value)) }
}

async function askFor(db: Kysely<Database>, { projectId, runId }: RunKey): Promise<void> {
  await db
    .insertInto('compactions')
    .values({ project_id: projectId, run_id: runId, due_at: test.ctx.clock.now() })
    .onConflict((conflict) =>
      conflict
        .columns(['project_id', 'run_id'])
        .doUpdateSet((eb) => ({ requests: eb('compactions.requests', '+', 1) })),
    )
    .execute()
}
