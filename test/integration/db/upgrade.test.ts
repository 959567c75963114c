import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMigrator, migrateToLatest } from '../../../src/db/migrate.ts'
import { transaction } from '../../../src/db/transaction.ts'
import { createLogWriter } from '../../../src/domain/ingest/log-points.ts'
import { readHistory } from '../../../src/domain/runs/read/history.ts'
import { readRun } from '../../../src/domain/runs/read/read-run.ts'
import { compactRuns } from '../../../src/points/compact-runs.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { logPoints, updateRun } from '../../support/write-one.ts'

/*
 * A database of the release before the point log, whose summaries kept the newest points in tails. fixtures/tails.json
 * holds its rows and what that release answered: a running run with tails of several lengths, chunks large and small,
 * numbered points, values that are not finite, steps of 64 bits and a metric with one point; an ended and a failed run
 * whose small chunks were not merged yet; a run stored whole; a request for points under an Idempotency-Key.
 */
const BEFORE = '20261127T130000_late_starts'
const ROOT = path.resolve(import.meta.dirname, '../../..')

interface Fixture {
  tables: Record<string, object[]>
  expected: {
    answers: { keyed: object }
    runs: {
      id: string
      status: string
      metrics: Record<string, { points: number; last: number | null }>
      histories: Record<string, [number | string, number | string, number][]>
    }[]
  }
}

let test: TestContext
let client: pg.Client
let fixture: Fixture
const children: ChildProcess[] = []

beforeEach(async () => {
  fixture = JSON.parse(await readFile(path.join(ROOT, 'test/fixtures/tails.json'), 'utf8')) as Fixture
  test = await createTestContext(new Date('2026-12-01T15:00:00Z'))
  const migrator = await createMigrator(test.db)
  expect((await migrator.migrateTo(BEFORE)).error).toBeUndefined()
  client = new pg.Client({ connectionString: test.url })
  await client.connect()
  for (const [table, rows] of Object.entries(fixture.tables)) {
    await client.query(
      `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows)],
    )
  }
  await client.query(
    `select setval('metric_chunk_ids', 1000), setval(pg_get_serial_sequence('metrics', 'id'), 1000)`,
  )
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await client.end()
  await test.close()
})

const keyOf = (runId: string) => ({ projectId: 1, runId })

/** What the release before showed is what is shown now. */
async function expectWhole(): Promise<void> {
  for (const { id, status, metrics, histories } of fixture.expected.runs) {
    const run = await readRun(test.ctx, keyOf(id))
    expect(run.status).toBe(status)
    for (const [name, metric] of Object.entries(metrics)) {
      const last = run.metrics[name]?.last
      const shown = Number.isFinite(last) ? last : String(last)
      expect({ ...run.metrics[name], last: shown }).toMatchObject(metric)
    }
    for (const [name, points] of Object.entries(histories)) {
      const history = await readHistory(test.ctx, keyOf(id), name)
      const shown = history.points.map(({ step, value, time }) => [
        typeof step === 'bigint' ? String(step) : step,
        value,
        Date.parse(time),
      ])
      expect(shown).toEqual(points)
    }
  }
}

it('keeps every point, and goes on with them', async () => {
  await migrateToLatest(test.url)
  await expectWhole()
  const [running] = fixture.expected.runs
  const key = keyOf(running?.id ?? '')
  const series = (name: string, step: number, value: number) => [
    { name, steps: [step], times: null, values: [value] },
  ]
  // In a tail before, then in a chunk: a repeat is known, a new point goes on.
  expect(await logPoints(test.ctx, key, series('loss', 6, Math.sin(6)))).toEqual({ accepted: 0, repeats: 1 })
  expect(await logPoints(test.ctx, key, series('loss', 7, -3))).toEqual({ accepted: 1, repeats: 0 })
  expect(await logPoints(test.ctx, key, series('one', 4, 0.5))).toEqual({ accepted: 1, repeats: 0 })
  const [stored] = fixture.tables['idempotency_keys'] as {
    scope: string
    key: string
    request_hash: string
  }[]
  const { scope = '', key: name = '', request_hash: requestHash = '' } = stored ?? {}
  const word = () => ({ status: 200, body: 'made anew' })
  const again = createLogWriter(test.ctx).once(
    { key, series: series('keyed', 1, 7) },
    { scope, key: name, requestHash, word },
  )
  expect(JSON.parse((await again).answer.body)).toEqual(fixture.expected.answers.keyed)
  const before = await readRun(test.ctx, key)
  expect(before.metrics['keyed']).toMatchObject({ points: 1 })
  expect(before.metrics['loss']).toMatchObject({ points: 8, min: -3, last: -3 })
  expect(before.metrics['one']).toMatchObject({ points: 2, last: 0.5 })
  const actor = { name: 'ana', origin: 'test' }
  const { records } = await transaction(test.db, (trx) =>
    updateRun(trx, test.ctx, actor, key, { status: 'finished' }),
  )
  expect(records.map(({ metric }) => metric)).toContain('loss')
  await compactRuns(test.ctx)
  expect((await readRun(test.ctx, key)).metrics).toEqual(before.metrics)
  const { rows } = await client.query(
    'select metric_id from metric_chunks group by run_id, metric_id having count(*) > 1',
  )
  expect(rows).toEqual([])
})

function migrateInChild(): { child: ChildProcess; said(): string } {
  const child = spawn(process.execPath, ['bin/expediter.js', 'migrate'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: test.url },
  })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += String(text)))
  return { child, said: () => said }
}

async function sessions(condition: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and ${condition}`,
  )
  return rows[0]?.count ?? 0
}

it('is whole after a kill in the middle of the migration', async () => {
  const holder = new pg.Client({ connectionString: test.url })
  await holder.connect()
  // A late statement of the migration waits for it, when tails are chunks already.
  await holder.query('begin; lock table runs in access share mode')
  const { child } = migrateInChild()
  const isWaiting = () => sessions(`wait_event_type = 'Lock'`)
  await expect.poll(isWaiting, { timeout: 20_000 }).toBe(1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  await expect.poll(isWaiting).toBe(0)
  await holder.query('rollback')
  await holder.end()
  const { rows } = await client.query<{ tails: number }>(
    'select count(*)::int as tails from metric_summaries where tail is not null',
  )
  expect(rows[0]?.tails).toBeGreaterThan(0)
  await migrateToLatest(test.url)
  await expectWhole()
}, 60_000)

it.each(['expediter', 'expediter queue', 'expediter relay'])(
  'refuses while %s of an older release is connected, in one plain sentence',
  async (name) => {
    const older = new pg.Client({ connectionString: test.url, application_name: name })
    await older.connect()
    await older.query('select 1')
    const { child, said } = migrateInChild()
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).not.toBe(0)
    expect(said()).toContain(
      'An older release of Expediter is still connected to this database (1 sessions).',
    )
    expect(said()).not.toContain('    at ')
    await older.end()
    await expect.poll(() => sessions(`application_name = '${name}'`)).toBe(0)
    await migrateToLatest(test.url)
    await expectWhole()
  },
  60_000,
)
