import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint, Ctx } from '../../../src/context.ts'
import { createDb, createPool } from '../../../src/db/client.ts'
import type { RunKey } from '../../../src/db/tables.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { readLogStatus } from '../../../src/domain/ingest/backlog.ts'
import { createLogWriter } from '../../../src/domain/ingest/log-points.ts'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import { findLostRuns } from '../../../src/domain/runs/status/find-lost-runs.ts'
import { createFolder } from '../../../src/domain/runs/status/fold-due.ts'
import { foldRuns } from '../../../src/domain/runs/status/fold-runs.ts'
import { compactRuns } from '../../../src/points/compact-runs.ts'
import type { SeriesInput } from '../../../src/points/index.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { PointsModel } from '../../support/points-model.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { appendPoints, logPoints, startRun, updateRun } from '../../support/write-one.ts'

let test: TestContext
/** Another process at the same database. */
let other: Ctx
beforeAll(async () => {
  test = await createTestContext()
  other = { ...test.ctx, db: createDb(createPool({ url: test.url, max: 5, onError: () => {} })) }
})
afterAll(async () => {
  await other.db.destroy()
  await test.close()
})

const actor = { name: 'ana', origin: 'test' }

async function newRun(): Promise<RunKey> {
  return (await transaction(test.db, (trx) => startRun(trx, test.ctx, actor, { project: 'points' }))).key
}

function update(key: RunKey, status: 'finished' | 'running') {
  return transaction(test.db, (trx) => updateRun(trx, test.ctx, actor, key, { status }))
}

const point = (step: number, value = step): SeriesInput[] => [
  { name: 'acc', steps: [step], times: null, values: [value] },
]

async function logRows(key: RunKey): Promise<number> {
  const query = test.db.selectFrom('point_log').select('id').where('run_id', '=', key.runId)
  return (await query.execute()).length
}

/** Small ranges, so that repeats, replaced extremes, gaps and steps that go back are frequent. */
const series: fc.Arbitrary<SeriesInput> = fc
  .record({
    name: fc.constantFrom('loss', 'acc', 'rate'),
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
    kind: fc.constantFrom('rising', 'rising', 'any', 'numbered'),
  })
  .map(({ name, points, kind }) => {
    const used = kind === 'rising' ? points.toSorted((a, b) => a.step - b.step) : points
    return {
      name,
      steps: kind === 'numbered' ? null : used.map(({ step }) => step),
      times: used.map(({ time }) => time),
      values: used.map(({ value }) => value),
    }
  })

/** What happens to the run between two requests. */
const between = fc.constantFrom(
  ...([
    'nothing',
    'nothing',
    'fold',
    'fold elsewhere',
    'killed fold',
    'read',
    'end',
    'compaction',
    'lost',
  ] as const),
)
type Between = typeof between extends fc.Arbitrary<infer T> ? T : never

const killed: Ctx['checkpoint'] = (name: Checkpoint) => {
  if (name === 'fold.folded') throw new Error('killed')
}

async function pass(key: RunKey, what: Between): Promise<void> {
  if (what === 'fold') await foldRuns(test.ctx, [key])
  else if (what === 'fold elsewhere') await createFolder(other).foldDue()
  else if (what === 'killed fold') {
    const rows = await logRows(key)
    const fold = foldRuns({ ...test.ctx, checkpoint: killed }, [key])
    if (rows > 0) await expect(fold).rejects.toThrow('killed')
    else await fold
    expect(await logRows(key)).toBe(rows)
  } else if (what === 'read') await readRun(other, key)
  else if (what === 'end') {
    await update(key, 'finished')
    await update(key, 'running')
  } else if (what === 'compaction') {
    await update(key, 'finished')
    await compactRuns(test.ctx)
    await update(key, 'running')
  } else if (what === 'lost') {
    test.advance(7_200_000)
    await findLostRuns(test.ctx)
  }
}

async function expectModel(key: RunKey, model: PointsModel): Promise<void> {
  const run = await readRun(other, key)
  expect(Object.keys(run.metrics).toSorted()).toEqual([...model.metrics.keys()].toSorted())
  expect(run.repeated_points).toBe(model.repeats)
  for (const name of model.metrics.keys()) {
    const { min = null, max = null, ...view } = run.metrics[name] ?? {}
    const unsigned = (value: number | null) => (value === null ? null : value + 0)
    expect({ ...view, min: unsigned(min), max: unsigned(max) }).toMatchObject(model.summary(name))
    const shown = async (all: boolean) => {
      const { count, points } = await readHistory(test.ctx, key, name, { all })
      expect(count).toBe(points.length)
      return points.map(({ step, value, time }) => [step, Number(value), Date.parse(time)])
    }
    const wanted = (points: ReturnType<PointsModel['all']>) =>
      points.map(({ step, value, time }) => [step, value, time])
    expect(await shown(false)).toEqual(wanted(model.current(name)))
    expect(await shown(true)).toEqual(wanted(model.all(name)))
  }
}

describe('the point log', () => {
  it('holds what was sent, whatever happens between two requests of two processes', async () => {
    const requests = fc.array(
      fc.tuple(fc.array(series, { minLength: 1, maxLength: 3 }), between, fc.boolean()),
      {
        maxLength: 10,
      },
    )
    await fc.assert(
      fc.asyncProperty(requests, async (calls) => {
        const key = await newRun()
        const model = new PointsModel()
        for (const [call, what, elsewhere] of calls) {
          test.advance(1)
          const sent = call.reduce((sum, { values }) => sum + values.length, 0)
          expect(await appendPoints(elsewhere ? other : test.ctx, key, call)).toEqual({ accepted: sent })
          model.add(call, test.ctx.clock.now().getTime())
          await pass(key, what)
        }
        await expectModel(key, model)
        await update(key, 'finished')
        await compactRuns(test.ctx)
        await expectModel(key, model)
      }),
      fuzzRuns(60),
    )
  }, 120_000)

  it('holds it through pages, merged pages and chunks, with rarely logged metrics beside others', async () => {
    const request = fc.record({
      size: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 90, max: 260 })),
      kind: fc.constantFrom('on', 'on', 'on', 'on', 'again', 'changed', 'below', 'numbered'),
      times: fc.integer({ min: 1, max: 18 }),
      rare: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 4, maxLength: 14 }), async (calls) => {
        const key = await newRun()
        const model = new PointsModel()
        let next = 0
        for (const { size, kind, times, rare } of calls) {
          for (let time = 0; time < (kind === 'on' ? times : 1); time++) {
            const from =
              kind === 'on' || kind === 'numbered'
                ? next
                : kind === 'below'
                  ? -next - size
                  : Math.max(0, next - size)
            const steps = Array.from({ length: size }, (_, index) => from + index)
            next = Math.max(next, from + size)
            const values = steps.map((step) => Math.sin(step) + (kind === 'changed' ? 1 : 0))
            const one = {
              steps: kind === 'numbered' ? null : steps,
              times: steps.map((step) => step * 2),
              values,
            }
            const call = [
              { name: 'loss', ...one },
              { name: 'acc', ...one },
              ...(rare ? [{ name: 'rare', steps: [from], times: [from], values: [from] }] : []),
            ]
            await logPoints(test.ctx, key, call)
            model.add(call, test.ctx.clock.now().getTime())
          }
        }
        const pages = await test.db
          .selectFrom('point_pages')
          .select('id')
          .where('run_id', '=', key.runId)
          .execute()
        expect(pages.length).toBeLessThan(16)
        await expectModel(key, model)
        await update(key, 'finished')
        await compactRuns(test.ctx)
        await expectModel(key, model)
      }),
      fuzzRuns(12),
    )
  }, 120_000)

  it('shows what it has to every reader of a run, and stores it once when it is folded', async () => {
    const key = await newRun()
    for (const step of [1, 2, 3]) await appendPoints(test.ctx, key, point(step))
    expect(await logRows(key)).toBe(3)
    expect((await readHistory(other, key, 'acc')).points.map(({ step }) => step)).toEqual([1, 2, 3])
    expect(await logRows(key)).toBe(0)
    expect((await readRun(test.ctx, key)).metrics['acc']).toMatchObject({ points: 3, last: 3 })
  })

  it('splits a large request into rows that are stored together, in their order', async () => {
    const key = await newRun()
    const steps = Array.from({ length: 30_000 }, (_, index) => index)
    const call = ['a', 'b', 'c'].map((name) => ({
      name,
      steps,
      times: null,
      values: steps.map((step) => step / 7),
    }))
    expect(await appendPoints(test.ctx, key, call)).toEqual({ accepted: 90_000 })
    expect(await logRows(key)).toBeGreaterThan(3)
    await foldRuns(test.ctx, [key])
    for (const name of ['a', 'b', 'c'])
      expect((await readHistory(test.ctx, key, name)).points.map(({ step }) => step)).toEqual(steps)
  })

  it('folds a row that becomes visible after rows with higher ids', async () => {
    const key = await newRun()
    const folder = createFolder(test.ctx)
    await logPoints(test.ctx, key, point(1))
    const open = Promise.withResolvers<void>()
    const inserted = Promise.withResolvers<void>()
    const late = transaction(other.db, async (trx) => {
      await trx
        .insertInto('point_log')
        .values(await rowOf(key, point(2)))
        .execute()
      inserted.resolve()
      await open.promise
    })
    await inserted.promise
    for (const step of [3, 4]) {
      await appendPoints(test.ctx, key, point(step))
      await folder.foldDue()
      test.advance(6_000)
    }
    const shown = async () => (await readHistory(test.ctx, key, 'acc')).points.map(({ step }) => step)
    expect(await shown()).toEqual([1, 3, 4])
    open.resolve()
    await late
    // The loop has moved past the row's id, and looks at all rows once a minute.
    test.advance(61_000)
    await folder.foldDue()
    expect(await logRows(key)).toBe(0)
    expect(await shown()).toEqual([1, 2, 3, 4])
  })

  it('is looked at until a run was idle for a while, and again when it goes on', async () => {
    const key = await newRun()
    const folder = createFolder(test.ctx)
    const due = () => test.db.selectFrom('fold_due').selectAll().where('run_id', '=', key.runId).execute()
    await appendPoints(test.ctx, key, point(1))
    await folder.foldDue()
    expect(await due()).toHaveLength(1)
    test.advance(31_000)
    await folder.foldDue()
    expect(await due()).toHaveLength(0)
    await appendPoints(test.ctx, key, point(2))
    await folder.foldDue()
    expect(await logRows(key)).toBe(0)
  })

  it('takes points one by one while the run ends: all that were acknowledged count in its record', async () => {
    for (let round = 0; round < 20; round++) {
      const key = await newRun()
      const stored: number[] = []
      const finish = Promise.withResolvers<void>()
      const writers = [0, 1, 2].map(async (writer) => {
        for (let count = 0; count < 60; count++) {
          const step = 1 + count * 3 + writer
          if (count === 20 + round) finish.resolve()
          const call = point(step, step % 2 === 0 ? step : -step)
          const logged = await appendPoints(writer === 0 ? other : test.ctx, key, call).catch(() => undefined)
          if (logged !== undefined) stored.push(step)
        }
      })
      await finish.promise
      const { records } = await update(key, 'finished')
      await Promise.all(writers)
      const { metrics } = await readRun(test.ctx, key)
      const { points } = await readHistory(test.ctx, key, 'acc')
      const steps = stored.toSorted((a, b) => a - b)
      expect(points.map(({ step }) => step)).toEqual(steps)
      const most = Math.max(...steps.filter((step) => step % 2 === 0))
      expect(metrics['acc']).toMatchObject({ points: steps.length, max: most, last_step: steps.at(-1) })
      // The record was decided by what the run had when it ended, and by nothing less.
      if (records.length > 0) expect(records[0]?.value).toBe(most)
      expect(await logRows(key)).toBe(0)
    }
  }, 90_000)

  it('lets an append that is under way end before a status changes, and counts it', async () => {
    const key = await newRun()
    await logPoints(test.ctx, key, point(1))
    const open = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const append = transaction(other.db, async (trx) => {
      await trx.selectFrom('runs').select('id').where('id', '=', key.runId).forKeyShare().execute()
      await trx
        .insertInto('point_log')
        .values(await rowOf(key, point(9)))
        .execute()
      begun.resolve()
      await open.promise
    })
    await begun.promise
    const ending = update(key, 'finished')
    await isWaitingForLock()
    open.resolve()
    const [{ run }] = await Promise.all([ending, append])
    expect(run.metrics['acc']).toMatchObject({ points: 2, last: 9 })
  })

  it('lets an append that comes while a status changes wait, and refuses it when the run has ended', async () => {
    const key = await newRun()
    await logPoints(test.ctx, key, point(1))
    const open = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const ending = transaction(other.db, async (trx) => {
      await updateRun(trx, other, actor, key, { status: 'finished' })
      locked.resolve()
      await open.promise
    })
    await locked.promise
    const append = appendPoints(test.ctx, key, point(2))
    const outcome = append.then(
      () => 'stored',
      (error) => error.code,
    )
    await isWaitingForLock()
    // Another run is not held up by it.
    await appendPoints(test.ctx, await newRun(), point(1))
    open.resolve()
    await ending
    expect(await outcome).toBe('conflict')
    expect(await logRows(key)).toBe(0)
  })

  it('touches a run every few seconds, and a run with points in the log is never lost', async () => {
    const key = await newRun()
    await logPoints(test.ctx, key, point(1))
    test.advance(6_000)
    await logPoints(test.ctx, key, point(2))
    expect((await readRun(test.ctx, key)).last_write_at).toBe(test.ctx.clock.now().toISOString())
    test.advance(3_000_000)
    await appendPoints(test.ctx, key, point(3))
    await findLostRuns(test.ctx)
    expect(await readRun(test.ctx, key)).toMatchObject({ status: 'running', metrics: { acc: { last: 3 } } })
    test.advance(3_000_000)
    await findLostRuns(test.ctx)
    expect((await readRun(test.ctx, key)).status).toBe('lost')
    await appendPoints(test.ctx, key, point(4))
    expect(await readRun(test.ctx, key)).toMatchObject({ status: 'running', metrics: { acc: { last: 4 } } })
  })

  it('sets a row of a metric that is not defined aside with its error, and folds the rows behind it', async () => {
    const key = await newRun()
    await logPoints(test.ctx, key, point(1))
    const row = await rowOf(key, point(2))
    // Its metric id is the first number after the flags and the two counts.
    row.body.writeUInt32LE(4_000_000, 9)
    await test.db.insertInto('point_log').values(row).execute()
    await logPoints(test.ctx, key, point(3))
    const parked = await test.db
      .selectFrom('point_log')
      .select('error')
      .where('run_id', '=', key.runId)
      .execute()
    expect(parked).toEqual([{ error: 'There is no metric 4000000 in the project.' }])
    expect((await readRun(test.ctx, key)).metrics['acc']).toMatchObject({ points: 2, last: 3 })
    const aside = { rows: 1, error: 'There is no metric 4000000 in the project.' }
    expect(await readLogStatus(test.ctx)).toMatchObject({ parked: aside })
    await test.db.deleteFrom('point_log').where('run_id', '=', key.runId).execute()
  })

  it('says how much of it waits, and for how long', async () => {
    const key = await newRun()
    await foldRuns(test.ctx, [key])
    const before = await readLogStatus(test.ctx)
    for (const step of [1, 2]) await appendPoints(test.ctx, key, point(step))
    test.advance(7_000)
    const after = await readLogStatus(test.ctx)
    expect(after.rows - before.rows).toBe(2)
    expect(after.bytes).toBeGreaterThan(before.bytes)
    expect(after.oldest_seconds).toBeGreaterThanOrEqual(7)
    await foldRuns(test.ctx, [key])
  })

  it('defines no metric for a request that is refused', async () => {
    const key = await newRun()
    await update(key, 'finished')
    const request = (to: RunKey) =>
      appendPoints(test.ctx, to, [{ name: 'never', steps: [1], times: null, values: [1] }])
    await expect(request(key)).rejects.toMatchObject({ code: 'conflict', details: { field: 'never' } })
    await expect(request({ ...key, runId: '0'.repeat(32) })).rejects.toMatchObject({ code: 'not_found' })
    const found = await test.db.selectFrom('metrics').select('id').where('name', '=', 'never').execute()
    expect(found).toEqual([])
  })
})

describe('a full point log', () => {
  const BYTES = 20_000
  const call = (from: number): SeriesInput[] => {
    const steps = Array.from({ length: 100 }, (_, index) => from + index)
    return [{ name: 'acc', steps, times: null, values: steps.map((step) => Math.sin(step)) }]
  }

  it('is folded by the requests themselves from half of what may wait', async () => {
    const key = await newRun()
    const write = createLogWriter(test.ctx, BYTES)
    for (let from = 0; from < 3_000; from += 100) {
      expect(await write({ key, series: call(from) })).toEqual({ accepted: 100 })
      test.advance(2_000)
    }
    expect(await logRows(key)).toBeLessThan(6)
    expect((await readRun(test.ctx, key)).metrics['acc']).toMatchObject({ points: 3_000 })
  })

  it('refuses points while no fold gets through, says when to try again, and takes everything else', async () => {
    const [key, free] = [await newRun(), await newRun()]
    const write = createLogWriter(test.ctx, BYTES)
    const open = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holding = transaction(other.db, async (trx) => {
      await trx.selectFrom('runs').select('id').where('id', '=', key.runId).forNoKeyUpdate().execute()
      locked.resolve()
      await open.promise
    })
    await locked.promise
    let stored = 0
    const fill = async () => {
      for (let from = 0; from < 3_000; from += 100, stored += 100) await write({ key, series: call(from) })
    }
    await expect(fill()).rejects.toMatchObject({ code: 'rate_limited', details: { retryAfterS: 2 } })
    expect(stored).toBeGreaterThan(300)
    expect(await write({ key: free, series: call(0) })).toEqual({ accepted: 100 })
    await update(free, 'finished')
    open.resolve()
    await holding
    await foldRuns(test.ctx, [key])
    test.advance(2_000)
    await expect
      .poll(() => write({ key, series: call(stored) }).catch(() => undefined))
      .toEqual({ accepted: 100 })
    expect((await readRun(test.ctx, key)).metrics['acc']).toMatchObject({ points: stored + 100 })
  })
})

describe('a request under a key', () => {
  const word = ({ accepted }: { accepted: number }) => ({ status: 200, body: `{"accepted":${accepted}}` })
  const once = (key: string, requestHash = 'h') => ({ scope: 't points', key, requestHash, word })

  it('counts once, before and after the fold and the end, from two processes at the same time', async () => {
    const key = await newRun()
    const call = [{ name: 'acc', steps: null, times: null, values: [0.5, 0.6] }]
    const [here, there] = [createLogWriter(test.ctx), createLogWriter(other)]
    const send = (write: typeof here) => write.once({ key, series: call }, once(key.runId))
    const results = await Promise.all([send(here), send(there), send(here), send(there)])
    expect(results.filter(({ output }) => output !== undefined)).toHaveLength(1)
    await foldRuns(test.ctx, [key])
    results.push(await send(there))
    await update(key, 'finished')
    results.push(await send(here))
    expect(new Set(results.map(({ answer }) => answer.body))).toEqual(new Set(['{"accepted":2}']))
    expect((await readRun(test.ctx, key)).metrics['acc']).toMatchObject({ points: 2 })
  })

  it('is refused with another request, and leaves no key when it is refused', async () => {
    const key = await newRun()
    const write = createLogWriter(test.ctx)
    await write.once({ key, series: point(1) }, once(`a ${key.runId}`))
    await expect(
      write.once({ key, series: point(2) }, once(`a ${key.runId}`, 'other')),
    ).rejects.toMatchObject({
      code: 'key_reused',
    })
    await update(key, 'finished')
    const late = once(`b ${key.runId}`)
    await expect(write.once({ key, series: point(3) }, late)).rejects.toMatchObject({ code: 'conflict' })
    await update(key, 'running')
    expect((await write.once({ key, series: point(3) }, late)).output).toEqual({ accepted: 1 })
  })

  it('gets the answer that an earlier release has stored', async () => {
    const key = await newRun()
    const { scope, key: name, requestHash } = once(`c ${key.runId}`)
    const body = '{"accepted":0,"repeats":1}'
    await test.db
      .insertInto('idempotency_keys')
      .values({
        scope,
        key: name,
        request_hash: requestHash,
        status: 200,
        response: JSON.stringify(body),
        created_at: test.ctx.clock.now(),
      })
      .execute()
    const { answer, output } = await createLogWriter(test.ctx).once({ key, series: point(1) }, once(name))
    expect([answer.body, output]).toEqual([body, undefined])
    expect(await logRows(key)).toBe(0)
  })
})

/** A row of the log as an append of another process writes it. */
async function rowOf(key: RunKey, call: SeriesInput[]) {
  const twin = await newRun()
  await appendPoints(test.ctx, twin, call)
  const query = test.db
    .selectFrom('point_log')
    .select(['arrived_at', 'body'])
    .where('run_id', '=', twin.runId)
  const row = await query.executeTakeFirstOrThrow()
  return { project_id: key.projectId, run_id: key.runId, ...row }
}

/** Resolves once a statement of this database waits for a lock. */
async function isWaitingForLock(): Promise<void> {
  const waiting = () =>
    test.db
      .selectFrom('pg_stat_activity' as never)
      .select('pid' as never)
      .where('wait_event_type' as never, '=', 'Lock' as never)
      .where('datname' as never, '=', new URL(test.url).pathname.slice(1) as never)
      .execute()
  await expect.poll(async () => (await waiting()).length, { interval: 5 }).toBeGreaterThan(0)
}
