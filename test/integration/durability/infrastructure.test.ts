import { afterEach, describe, expect, it } from 'vitest'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { scheduleReport } from '../../../src/domain/schedules/schedule-report.ts'
import { createTestClock, type Instance, startInstance } from '../../support/instance.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { hasRedis, startRedis, type TestRedis } from '../../support/redis.ts'

const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }
const ACTOR = { name: 'ana', origin: 'test' }

const instances: Instance[] = []
let redis: TestRedis | undefined
let proxy: Proxy | undefined
let database: TestDatabase | undefined

afterEach(async () => {
  for (const instance of instances.splice(0)) await instance.stop()
  await redis?.stop()
  await proxy?.stop()
  await database?.drop()
  redis = undefined
  proxy = undefined
  database = undefined
})

async function start(...args: Parameters<typeof startInstance>): Promise<Instance> {
  const instance = await startInstance(...args)
  instances.push(instance)
  return instance
}

async function watch(instance: Instance): Promise<void> {
  await watchProject(instance.app.ctx, ACTOR, CONSOLE, {
    project: 'churn',
    events: ['best', 'failed'],
    by: 'ana',
  })
}

const posts = (instance: Instance) =>
  instance.app.ctx.db.selectFrom('console_messages').select(['id', 'message']).orderBy('id').execute()
const events = (instance: Instance) => instance.app.ctx.db.selectFrom('outbox').select('id').execute()

describe.runIf(hasRedis())('Redis', () => {
  it('may be emptied at any moment, and be away for a while: runs are accepted, messages follow once', async () => {
    redis = await startRedis()
    const instance = await start({ redis: { kind: 'server', url: redis.url } })
    await watch(instance)
    for (let run = 0; run < 10; run++) {
      await Promise.all([
        instance.finish({ project: 'churn', metrics: { accuracy: 0.5 + run / 100 } }),
        redis.flushAll(),
      ])
      // Beyond the minute of a burst and beyond every lease: each record is a post of its own.
      instance.clock.advance(300_000)
      if (run > 0)
        await expect.poll(async () => (await posts(instance)).length, { timeout: 20_000 }).toBe(run)
    }
    expect(await events(instance)).toEqual([])

    await redis.stop()
    const accepted = await instance.finish({ project: 'churn', metrics: { accuracy: 0.9 } })
    expect(accepted.records).toHaveLength(1)
    await expect.poll(async () => (await instance.api('GET', '/readyz')).status).toBe(503)
    await redis.restart()
    instance.clock.advance(300_000)
    await expect.poll(async () => (await posts(instance)).length, { timeout: 30_000 }).toBe(10)
    expect((await instance.api('GET', '/readyz')).status).toBe(200)
  }, 120_000)
})

describe('PostgreSQL', () => {
  it('away: 503 that says when to come again; back: everything goes on by itself', async () => {
    database = await createTestDatabase()
    const address = new URL(database.url)
    proxy = await startProxy(Number(address.port))
    address.port = String(proxy.port)
    const instance = await start({ databaseUrl: address.href }, { database })
    await watch(instance)
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.5 } })
    await proxy.away()
    const refused = await instance.api('POST', '/api/v1/runs', { project: 'churn' })
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await instance.api('GET', '/healthz')).status).toBe(200)
    const ready = await instance.api('GET', '/readyz')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ failing: expect.arrayContaining(['database']) })
    await proxy.back()
    await expect
      .poll(async () => (await instance.api('GET', '/readyz')).status, { timeout: 20_000 })
      .toBe(200)
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.6 } })
    instance.clock.advance(60_000)
    await expect.poll(async () => (await posts(instance)).length, { timeout: 20_000 }).toBe(1)
  }, 60_000)
})

describe('an address of PostgreSQL with options of its own', () => {
  it('leaves the queue its schema', async () => {
    database = await createTestDatabase()
    const address = new URL(database.url)
    address.searchParams.set('options', '-c statement_timeout=60000')
    const instance = await start({ databaseUrl: address.href }, { database })
    await watch(instance)
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.5 } })
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.6 } })
    await expect.poll(async () => (await posts(instance)).length, { timeout: 20_000 }).toBe(1)
  }, 60_000)
})

describe('two workers on one database', () => {
  it('post every record and every report once', async () => {
    database = await createTestDatabase()
    const clock = createTestClock()
    const one = await start({}, { database, clock })
    const two = await start({}, { database, clock })
    await watch(one)
    const when = { days: [1, 2, 3, 4, 5, 6, 7], time: '10:01', zone: 'UTC' }
    await scheduleReport(one.app.ctx, ACTOR, CONSOLE, {
      report: 'leaderboard',
      project: 'churn',
      when,
      by: 'ana',
    })
    await one.finish({ project: 'churn', metrics: { accuracy: 0.5 } })
    clock.advance(60_000)
    await expect.poll(async () => (await posts(one)).length, { timeout: 10_000 }).toBe(1)
    for (let run = 1; run <= 5; run++) {
      clock.advance(61_000)
      await (run % 2 === 0 ? one : two).finish({ project: 'churn', metrics: { accuracy: 0.5 + run / 100 } })
      await expect.poll(async () => (await posts(one)).length, { timeout: 10_000 }).toBe(run + 1)
    }
    const kinds = (await posts(two)).map(({ message }) => (message as { kind: string }).kind)
    expect(kinds).toEqual(['leaderboard-report', 'record', 'record', 'record', 'record', 'record'])
    expect(JSON.stringify((await posts(two))[0])).not.toContain('Late')
  }, 60_000)
})
