import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type App, type Overrides, startApp, type Timings } from '../../src/app.ts'
import { type Config, DEFAULT_QUEUE, DEFAULT_REACTIONS, reactions } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import { sharedDrawer } from './drawers.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'

export const ADMIN_TOKEN = 'exp-0123456789012345678901234567890123456789'

export interface Instance {
  app: App
  url: string
  database: TestDatabase
  clock: TestClock
  /** A request to our API with the admin token. */
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  /** Records a finished run and gives the answer's body. */
  finish(run: Record<string, unknown>): Promise<{ run: { id: string; ref: string }; records: unknown[] }>
  stop(): Promise<void>
}

/** A clock that runs on from a fixed moment only when it is moved. */
export interface TestClock {
  now(): Date
  advance(ms: number): void
}

export function createTestClock(start = new Date('2026-11-24T10:00:00.000Z')): TestClock {
  let now = start.getTime()
  return {
    now: () => new Date(now),
    advance: (ms) => {
      now += ms
    },
  }
}

/** A clock that runs with real time, and jumps further when it is moved: holds and waits of minutes pass at once. */
export function createMovingClock(): TestClock {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    advance: (ms) => {
      ahead += ms
    },
  }
}

/** What an instance of the tests waits for, by the real clock. */
export const TIMINGS: Timings = {
  tickMs: 250,
  slackPostIntervalMs: 50,
  pageLookMs: 100,
  eventLeaseS: 10,
  foldMs: 250,
  channelLeaseMs: 10_000,
}

/** A whole instance on a database of its own: real server, queue and worker; ports and data folder of its own too. */
export async function startInstance(
  config: Partial<Config> = {},
  overrides: Overrides & { database?: TestDatabase; clock?: TestClock } = {},
): Promise<Instance> {
  const database = overrides.database ?? (await createTestDatabase())
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'expediter-instance-'))
  const clock = overrides.clock ?? createTestClock()
  const app = await startApp(
    {
      port: 0,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: database.url,
      databaseConnections: 20,
      redis: undefined,
      queue: DEFAULT_QUEUE,
      dataDir,
      adminToken: ADMIN_TOKEN,
      slack: undefined,
      discord: undefined,
      quickChartUrl: undefined,
      logLevel: 'silent',
      roles: ['api', 'worker', 'bots'],
      postTimeoutMs: 1_000,
      rateLimit: 300_000,
      pointLogMaxMb: 256,
      reactions: reactions(DEFAULT_REACTIONS),
      codeHosts: new Map(),
      ...config,
    },
    {
      log: createLogger('silent', (line) => line),
      drawer: sharedDrawer(),
      ...overrides,
      timings: { ...TIMINGS, ...overrides.timings },
      clock,
    },
  )
  const url = app.url ?? ''
  const api = (method: string, at: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${at}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    app,
    url,
    database,
    clock,
    api,
    finish: async (run) => {
      const answer = await api('POST', '/api/v1/runs', { status: 'finished', ...run })
      if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
      return (await answer.json()) as Awaited<ReturnType<Instance['finish']>>
    },
    stop: async () => {
      await app.stop()
      if (overrides.database === undefined) await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
