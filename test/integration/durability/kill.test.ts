import { once } from 'node:events'
import { describe, it } from 'vitest'
import type { Checkpoint } from '../../../src/context.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { scheduleReport } from '../../../src/domain/schedules/schedule-report.ts'
import {
  type ChildInstance,
  type CrashMarker,
  crashMarker,
  startChild,
} from '../../support/child-instance.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { hasRedis, startRedis } from '../../support/redis.ts'
import { seedRuns } from '../../support/seed-runs.ts'

/** Where the process is killed, on the way of one POST to the platform's answer. */
const POINTS: Checkpoint[] = [
  'ingest.committed',
  'relay.leased',
  'relay.handed-over',
  'handler.begun',
  'handler.committed',
  'drain.begun',
  'delivery.marked-sending',
  'delivery.answered',
  'delivery.marked-sent',
]

/** What one test has for itself, so that tests can wait at the same time. */
interface Scene {
  discord: FakeDiscord
  channel: string
  test: TestContext
  start(more?: Record<string, string>): Promise<ChildInstance>
  address(): { platform: 'discord'; workspace: string; channel: string }
  /** Nothing waits any more: no event, no message on its way, no edit. */
  settled(): Promise<boolean>
}

/** @param onEnd the test's own `onTestFinished` */
async function prepare(backend: string, onEnd: (work: () => Promise<void>) => void): Promise<Scene> {
  const discord = await startFakeDiscord()
  const channel = discord.addChannel('experiments')
  const test = await createTestContext(new Date(Date.now() - HOUR_MS))
  const redis = backend === 'Redis' ? await startRedis() : undefined
  const children: ChildInstance[] = []
  onEnd(async () => {
    for (const child of children) await child.kill()
    await discord.stop()
    await redis?.stop()
    await test.close()
  })
  return {
    discord,
    channel,
    test,
    start: async (more = {}) => {
      const child = await startChild({
        DATABASE_URL: test.url,
        DISCORD_TOKEN: discord.token,
        DISCORD_API_URL: discord.apiUrl,
        ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
        ...more,
      })
      children.push(child)
      return child
    },
    address: () => ({ platform: 'discord', workspace: discord.guildId, channel }),
    settled: async () => {
      const outbox = await test.db.selectFrom('outbox').select('id').execute()
      const open = await test.db
        .selectFrom('deliveries')
        .select('id')
        .where((eb) => eb.or([eb('status', 'in', ['planned', 'sending']), eb('edit_due_at', 'is not', null)]))
        .execute()
      return outbox.length === 0 && open.length === 0
    },
  }
}

const HOUR_MS = 3_600_000
const actor = { name: 'ana', origin: 'test' }
const run = (accuracy: number) => ({ project: 'churn', status: 'finished' as const, metrics: { accuracy } })

async function watch({ test, address }: Scene): Promise<void> {
  await watchProject(test.ctx, actor, address(), { project: 'churn', events: ['best'], by: 'ana' })
}

/** A first run, whose event is handled. */
async function seedRun({ test }: Scene): Promise<void> {
  await seedRuns(test, run(0.9))
  await test.db.deleteFrom('outbox').execute()
  // The processes go by the real clock.
  test.setNow(new Date())
}

/** Waits until the process has ended itself at the marker's point. */
async function died(doomed: ChildInstance | undefined, marker: CrashMarker): Promise<void> {
  if (doomed !== undefined && doomed.child.signalCode === null) await once(doomed.child, 'exit')
  if (!marker.wasHit()) throw new Error('the process ended, but not at the point')
  await marker.remove()
}

/** Above all waits of a test together, so that the one that ends in vain says what it waited for. */
const LIMIT = { timeout: 180_000 }
const LONG = { timeout: 60_000 }

const backends = hasRedis() ? ['PostgreSQL', 'Redis'] : ['PostgreSQL']

describe.each(backends)('killed with its queue on %s', { concurrent: true }, (backend) => {
  it.for(POINTS)(
    'at %s: nothing is lost, and one message is posted',
    LIMIT,
    async (point, { expect, onTestFinished }) => {
      const scene = await prepare(backend, onTestFinished)
      const { discord, channel, test, start, settled } = scene
      await seedRun(scene)
      await watch(scene)

      const marker = await crashMarker(point)
      const doomed = await start(marker.env)
      await doomed.post('/api/v1/runs', run(0.95), 'second').catch(() => undefined)
      await died(doomed, marker)
      expect(doomed.child.signalCode).toBe('SIGKILL')

      const next = await start()
      const again = await next.post('/api/v1/runs', run(0.95), 'second')
      expect(again.status).toBe(201)
      expect(await again.json()).toMatchObject({ run: { ref: 'churn#2' } })
      await discord.until(() => discord.posts(channel).length > 0, 30_000)
      await expect.poll(settled, LONG).toBe(true)
      expect(discord.posts(channel)).toHaveLength(1)
      expect(await test.db.selectFrom('runs').select('number').execute()).toHaveLength(2)
    },
  )

  it(
    'between the answer to an edit and its mark: the message ends in its last state',
    LIMIT,
    async ({ expect, onTestFinished }) => {
      const scene = await prepare(backend, onTestFinished)
      const { discord, channel, start, settled } = scene
      await watch(scene)
      const marker = await crashMarker('edit.answered')
      const doomed = await start(marker.env)
      for (const accuracy of [0.9, 0.91]) await doomed.post('/api/v1/runs', run(accuracy), `run-${accuracy}`)
      await discord.until(() => discord.posts(channel).length === 1)
      await doomed.post('/api/v1/runs', run(0.92), 'run-0.92').catch(() => undefined)
      await died(doomed, marker)
      await start()
      await expect.poll(settled, LONG).toBe(true)
      expect(discord.posts(channel)).toHaveLength(1)
      expect(JSON.stringify(discord.posts(channel)[0]?.raw.embeds)).toContain('0.92')
    },
  )

  it(
    'inside the transaction that claims a slot: the report comes once, marked late',
    LIMIT,
    async ({ expect, onTestFinished }) => {
      const scene = await prepare(backend, onTestFinished)
      const { discord, channel, test, start, address, settled } = scene
      await seedRun(scene)
      const when = { days: [1, 2, 3, 4, 5, 6, 7], time: '00:00', zone: 'UTC' }
      const { id } = await scheduleReport(test.ctx, actor, address(), {
        report: 'leaderboard',
        project: 'churn',
        when,
        by: 'ana',
      })
      const due = new Date(Date.now() - 3_600_000)
      await test.db
        .updateTable('schedules')
        .set({ next_slot: due, last_slot: new Date(due.getTime() - 86_400_000) })
        .where('id', '=', id)
        .execute()
      const marker = await crashMarker('slot.claimed')
      await died(await start(marker.env).catch(() => undefined), marker)
      await start()
      await discord.until(() => discord.posts(channel).length > 0, 30_000)
      await expect.poll(settled, LONG).toBe(true)
      expect(discord.posts(channel)).toHaveLength(1)
      expect(JSON.stringify(discord.posts(channel)[0]?.raw.embeds)).toContain('Late')
    },
  )
})
