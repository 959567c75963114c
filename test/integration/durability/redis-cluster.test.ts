import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkQueue } from '../../../src/cli/check-queue.ts'
import { type RedisConfig, readConfig } from '../../../src/config.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { scheduleReport } from '../../../src/domain/schedules/schedule-report.ts'
import { openRedis } from '../../../src/jobs/redis.ts'
import { type Instance, startInstance } from '../../support/instance.ts'
import { startRedisCluster, type TestCluster } from '../../support/redis-cluster.ts'
import { hasRedis, startRedis } from '../../support/redis.ts'

const CONSOLE = { platform: 'console' as const, workspace: '', channel: 'console' }
const ACTOR = { name: 'ana', origin: 'test' }
/** A key of the queue: all of them are in its slot. */
const KEY = '{expediter}:expediter:meta'

const redisOf = (url: string) => readConfig({ REDIS_URL: url }, '/x').redis

describe.runIf(hasRedis())('a Redis Cluster of three masters', () => {
  let cluster: TestCluster
  let instance: Instance

  beforeEach(async () => {
    cluster = await startRedisCluster()
    instance = await startInstance({ redis: redisOf(cluster.url) })
    await watchProject(instance.app.ctx, ACTOR, CONSOLE, {
      project: 'churn',
      events: ['best', 'failed'],
      by: 'ana',
    })
  }, 60_000)

  afterEach(async () => {
    await instance.stop()
    await cluster.stop()
  })

  const posts = async () =>
    (await instance.app.ctx.db.selectFrom('console_messages').select('message').orderBy('id').execute()).map(
      ({ message }) => (message as { kind: string }).kind,
    )
  const finish = (accuracy: number) => instance.finish({ project: 'churn', metrics: { accuracy } })
  const outbox = () => instance.app.ctx.db.selectFrom('outbox').select('id').execute()

  it('carries a new best to one message, a lost run and a report by its ticks', async () => {
    await finish(0.9)
    await finish(0.95)
    await expect.poll(posts, { timeout: 20_000 }).toEqual(['record'])
    expect((await instance.api('GET', '/readyz')).status).toBe(200)
    // Every key of the queue is on one master.
    const sizes = await cluster.sizes()
    expect(sizes.filter((size) => size > 0)).toHaveLength(1)

    await instance.api('POST', '/api/v1/runs', { project: 'churn' })
    const when = { days: [1, 2, 3, 4, 5, 6, 7], time: '10:01', zone: 'UTC' }
    await scheduleReport(instance.app.ctx, ACTOR, CONSOLE, {
      report: 'leaderboard',
      project: 'churn',
      when,
      by: 'ana',
    })
    instance.clock.advance(600_000)
    await expect
      .poll(async () => (await posts()).toSorted(), { timeout: 20_000 })
      .toEqual(['failure', 'leaderboard-report', 'record'])
    await expect.poll(outbox).toEqual([])
  }, 60_000)

  it('may be emptied on every master at any moment: each record is told once', async () => {
    for (let run = 0; run < 10; run++) {
      await Promise.all([finish(0.5 + run / 100), cluster.flushAll()])
      // Beyond the minute of a burst and beyond every lease.
      instance.clock.advance(300_000)
      if (run > 0) await expect.poll(async () => (await posts()).length, { timeout: 20_000 }).toBe(run)
    }
    await expect.poll(outbox).toEqual([])
    expect(await posts()).toHaveLength(9)
  }, 120_000)

  it('may lose the master that holds the queue for a while: runs are accepted, messages follow once', async () => {
    await finish(0.5)
    const back = await cluster.killMasterOf(KEY)
    const accepted = await finish(0.6)
    expect(accepted.records).toHaveLength(1)
    await expect
      .poll(async () => (await instance.api('GET', '/readyz')).json(), { timeout: 20_000 })
      .toMatchObject({ failing: ['queue'] })
    expect(await posts()).toEqual([])
    await back()
    instance.clock.advance(300_000)
    await expect.poll(posts, { timeout: 40_000 }).toEqual(['record'])
    await expect.poll(outbox).toEqual([])
    expect((await instance.api('GET', '/readyz')).status).toBe(200)
  }, 120_000)

  it('is connected to anew while a master is away, as a worker does whose command hangs', async () => {
    const back = await cluster.killMasterOf(KEY)
    const redis = openRedis(redisOf(cluster.url) as RedisConfig, 'patient')
    redis.on('error', () => {})
    await once(redis, 'ready')
    const ended = once(redis, 'end')
    redis.disconnect()
    await ended
    await redis.connect()
    await back()
    await expect.poll(() => redis.exists('{expediter}:nothing'), { timeout: 20_000 }).toBe(0)
    redis.disconnect()
  }, 60_000)

  it('is known to the doctor, who tells a cluster from a single server', async () => {
    expect(await checkQueue(redisOf(cluster.url))).toMatchObject({
      ok: true,
      detail: 'Redis Cluster answers, 3 masters',
    })
    const asServer = await checkQueue(redisOf(`redis://127.0.0.1:${cluster.ports[0]}`))
    expect(asServer).toMatchObject({ ok: false, fix: expect.stringContaining('redis-cluster://') })
    const single = await startRedis()
    const asCluster = await checkQueue(redisOf(single.url.replace('redis:', 'redis-cluster:')))
    await single.stop()
    expect(asCluster).toMatchObject({
      ok: false,
      fix: expect.stringContaining('begin REDIS_URL with redis://'),
    })
  }, 60_000)
})
