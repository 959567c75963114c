import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../../src/context.ts'
import { watchProject } from '../../../src/domain/channels/watch-project.ts'
import { scheduleReport } from '../../../src/domain/schedules/schedule-report.ts'
import { type ChildInstance, crashMarker, startChild } from '../../support/child-instance.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/fake-discord/start.ts'
import { createTestContext, type TestContext } from '../../support/postgres.ts'
import { hasRedis, startRedis, type TestRedis } from '../../support/redis.ts'

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

let discord: FakeDiscord
let test: TestContext
let redis: TestRedis | undefined
let channel: string
const children: ChildInstance[] = []

afterEach(async () => {
  for (const child of children.splice(0)) await child.stop()
  await discord.stop()
  await redis?.stop()
  redis = undefined
  await test.close()
})

async function prepare(backend: string): Promise<void> {
  discord = await startFakeDiscord()
  channel = discord.addChannel('experiments')
  test = await createTestContext(new Date())
  redis = backend === 'Redis' ? await startRedis() : undefined
}

function env(): Record<string, string> {
  return {
    DATABASE_URL: test.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
  }
}

async function start(more: Record<string, string> = {}): Promise<ChildInstance> {
  const child = await startChild({ ...env(), ...more })
  children.push(child)
  return child
}

const address = () => ({ platform: 'discord' as const, workspace: discord.guildId, channel })
const actor = { name: 'ana', origin: 'test' }

async function watch(): Promise<void> {
  await watchProject(test.ctx, actor, address(), { project: 'churn', events: ['best'], by: 'ana' })
}

const run = (accuracy: number) => ({ project: 'churn', status: 'finished', metrics: { accuracy } })

/** Nothing waits any more: no event, no message on its way, no edit. */
async function settled(): Promise<boolean> {
  const outbox = await test.db.selectFrom('outbox').select('id').execute()
  const open = await test.db
    .selectFrom('deliveries')
    .select('id')
    .where((eb) => eb.or([eb('status', 'in', ['planned', 'sending']), eb('edit_due_at', 'is not', null)]))
    .execute()
  return outbox.length === 0 && open.length === 0
}

const backends = hasRedis() ? ['PostgreSQL', 'Redis'] : ['PostgreSQL']

describe.each(backends)('killed with its queue on %s', (backend) => {
  it.each(POINTS)(
    'at %s: nothing is lost, and one message is posted',
    async (point) => {
      await prepare(backend)
      await watch()
      const first = await start()
      expect((await first.post('/api/v1/runs', run(0.9), 'first')).status).toBe(201)
      await expect.poll(settled).toBe(true)
      await first.stop()

      const marker = await crashMarker(point)
      const doomed = await start(marker.env)
      await doomed.post('/api/v1/runs', run(0.95), 'second').catch(() => undefined)
      if (doomed.child.signalCode === null) await once(doomed.child, 'exit')
      expect(marker.wasHit()).toBe(true)
      expect(doomed.child.signalCode).toBe('SIGKILL')

      const next = await start()
      const again = await next.post('/api/v1/runs', run(0.95), 'second')
      expect(again.status).toBe(201)
      expect(await again.json()).toMatchObject({ run: { ref: 'churn#2' } })
      await discord.until(() => discord.posts(channel).length > 0, 30_000)
      await expect.poll(settled, { timeout: 30_000 }).toBe(true)
      expect(discord.posts(channel)).toHaveLength(1)
      expect(await test.db.selectFrom('runs').select('number').execute()).toHaveLength(2)
      await marker.remove()
    },
    90_000,
  )

  it('between the answer to an edit and its mark: the message ends in its last state', async () => {
    await prepare(backend)
    await watch()
    const marker = await crashMarker('edit.answered')
    const doomed = await start(marker.env)
    for (const accuracy of [0.9, 0.91]) await doomed.post('/api/v1/runs', run(accuracy), `run-${accuracy}`)
    await discord.until(() => discord.posts(channel).length === 1)
    await doomed.post('/api/v1/runs', run(0.92), 'run-0.92').catch(() => undefined)
    if (doomed.child.signalCode === null) await once(doomed.child, 'exit')
    expect(marker.wasHit()).toBe(true)
    await start()
    await expect.poll(settled, { timeout: 30_000 }).toBe(true)
    expect(discord.posts(channel)).toHaveLength(1)
    expect(JSON.stringify(discord.posts(channel)[0]?.raw.embeds)).toContain('0.92')
  }, 90_000)

  it('inside the transaction that claims a slot: the report comes once, marked late', async () => {
    await prepare(backend)
    const seed = await start()
    await seed.post('/api/v1/runs', run(0.9), 'first')
    await seed.stop()
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
    const doomed = await start(marker.env).catch(() => undefined)
    if (doomed !== undefined && doomed.child.signalCode === null) await once(doomed.child, 'exit')
    expect(marker.wasHit()).toBe(true)
    await start()
    await discord.until(() => discord.posts(channel).length > 0, 30_000)
    await expect.poll(settled, { timeout: 30_000 }).toBe(true)
    expect(discord.posts(channel)).toHaveLength(1)
    expect(JSON.stringify(discord.posts(channel)[0]?.raw.embeds)).toContain('Late')
  }, 90_000)
})
