import { createRequire } from 'node:module'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QueueConfig } from '../../../src/config.ts'
import type { JobHandlers } from '../../../src/jobs/catalog.ts'
import {
  createQueuePool,
  namingSchema,
  prepareQueueSchema,
  type QueueNames,
} from '../../../src/jobs/prepare-postgres.ts'
import { createPostgresQueue, createRedisQueue, type JobQueue } from '../../../src/jobs/queues.ts'
import { createLogger } from '../../../src/logger.ts'
import { startInstance } from '../../support/instance.ts'
import { asAdmin, createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { hasRedis, startRedis } from '../../support/redis.ts'

const log = createLogger('silent', (line) => line)

let database: TestDatabase
let client: pg.Client
let names: QueueNames
const roles: string[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  names = await prepareQueueSchema(database.url, 'team_a')
})

afterAll(async () => {
  await client.end()
  await database.drop()
  await asAdmin(async (admin) => {
    for (const role of roles) await admin.query(`drop role ${role}`)
  })
})

/** The texts of BullMQ are no part of its interface, so PostgreSQL is asked about every one of them. */
test('every statement of BullMQ names its schema', async () => {
  const require = createRequire(import.meta.url)
  const scripts = path.join(path.dirname(require.resolve('bullmq')), 'postgres/sql-scripts.js')
  const { SQL_COMMANDS } = require(scripts) as { SQL_COMMANDS: Record<string, string> }
  expect(Object.keys(SQL_COMMANDS).length).toBeGreaterThan(60)
  const name = namingSchema(names)
  await client.query(`set search_path to ''`)
  const refused: string[] = []
  for (const [file, text] of Object.entries(SQL_COMMANDS)) {
    if (file.startsWith('listen_')) continue
    const refuse = (error: Error) => refused.push(`${file}: ${error.message}`)
    await client.query(`prepare "${file}" as ${name(text)}`).catch(refuse)
  }
  expect(refused).toEqual([])
})

test('a schema of a former release gets routines that need no search_path, and a second start changes none', async () => {
  const routine = `select proconfig from pg_proc where pronamespace = 'team_a'::regnamespace and proname = 'add_job'`
  await client.query('alter routine team_a.add_job reset all')
  await prepareQueueSchema(database.url, 'team_a')
  expect((await client.query(routine)).rows).toEqual([{ proconfig: ['search_path=team_a'] }])
  const oid = `select xmin from pg_proc where pronamespace = 'team_a'::regnamespace`
  const before = (await client.query(oid)).rows
  await prepareQueueSchema(database.url, 'team_a')
  expect((await client.query(oid)).rows).toEqual(before)
})

test('the queue leaves no setting behind in its sessions', async () => {
  const pools: pg.Pool[] = []
  const queue = createPostgresQueue(
    () => {
      const pool = createQueuePool(database.url, names, () => {})
      pools.push(pool)
      return pool
    },
    'settings',
    log,
  )
  await work(queue, 1)
  const [pool] = pools
  const { rows } = (await pool?.query('show search_path')) ?? { rows: [] }
  expect(rows).toEqual([{ search_path: '"$user", public' }])
  await queue.close()
})

test.each<[string, QueueConfig, QueueConfig]>([
  ['schemas', { schema: 'team_b', name: 'expediter' }, { schema: 'team_c', name: 'expediter' }],
  ['names', { schema: 'team_d', name: 'one' }, { schema: 'team_d', name: 'two' }],
])(
  'two instances with different %s on one database do not take the jobs of each other',
  async (_what, one, two) => {
    const open = async ({ schema, name }: QueueConfig) => {
      const known = await prepareQueueSchema(database.url, schema)
      return createPostgresQueue(() => createQueuePool(database.url, known, () => {}), name, log)
    }
    await separate(await open(one), await open(two))
  },
)

test.runIf(hasRedis())(
  'two instances with different names on one Redis do not take the jobs of each other',
  async () => {
    const redis = await startRedis()
    const config = { kind: 'server', url: redis.url } as const
    await separate(createRedisQueue(config, 'one', log), createRedisQueue(config, 'two', log))
    await redis.stop()
  },
)

test('two teams share a database, each with a role whose search_path is its schema', async () => {
  const admin = new URL(database.url)
  const urls: string[] = []
  for (const team of ['red', 'blue']) {
    const role = `${team}_${admin.pathname.slice(1)}`
    await client.query(`create role ${role} login superuser password 'secret'; create schema ${role}`)
    await client.query(`alter role ${role} set search_path to ${role}`)
    roles.push(role)
    const url = new URL(database.url)
    url.username = role
    url.password = 'secret'
    urls.push(url.href)
  }
  const [red, blue] = await Promise.all(
    urls.map((url, index) =>
      startInstance(
        { queue: { schema: `queue_${index}`, name: 'expediter' } },
        { database: { url, drop: async () => {} } },
      ),
    ),
  )
  await red?.finish({ project: 'digits', metrics: { accuracy: 0.5 } })
  expect(await (await red?.api('GET', '/api/v1/projects'))?.json()).toMatchObject({
    items: [{ name: 'digits' }],
  })
  expect(await (await blue?.api('GET', '/api/v1/projects'))?.json()).toMatchObject({ items: [] })
  await Promise.all([red?.stop(), blue?.stop()])
})

/** Jobs of one queue reach its own worker alone. */
async function separate(one: JobQueue, two: JobQueue): Promise<void> {
  const heard = { one: [] as number[], two: [] as number[] }
  one.startWorker(
    handlers((id) => heard.one.push(id)),
    1,
  )
  two.startWorker(
    handlers((id) => heard.two.push(id)),
    1,
  )
  await one.addEvents([1, 3, 5])
  await two.addEvents([2, 4, 6])
  await expect.poll(() => heard.one.length + heard.two.length).toBe(6)
  await Promise.all([one.close(), two.close()])
  expect(heard.one.toSorted((a, b) => a - b)).toEqual([1, 3, 5])
  expect(heard.two.toSorted((a, b) => a - b)).toEqual([2, 4, 6])
}

async function work(queue: JobQueue, jobs: number): Promise<void> {
  let done = 0
  queue.startWorker(
    handlers(() => (done += 1)),
    2,
  )
  await queue.addEvents(Array.from({ length: jobs }, (_, id) => id))
  await expect.poll(() => done).toBe(jobs)
}

function handlers(event: (id: number) => void): JobHandlers {
  const nothing = async () => {}
  return {
    event: async ({ outboxId }) => event(outboxId),
    drain: nothing,
    compact: nothing,
    prune: nothing,
    tick: nothing,
  }
}
