import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

export interface TestRedis {
  url: string
  flushAll(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Whether redis-server is there; with CI=true its absence is an error, else it is said in one line. */
export function hasRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true
  const how = 'redis-server is missing: apt-get install redis-server (or brew install redis)'
  if (process.env['CI'] === 'true') throw new Error(how)
  console.warn(`${how}; its tests are left out.`)
  return false
}

/** A private Redis on a free loopback port that keeps nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child = await launch(port, url)
  return {
    url,
    flushAll: () => withClient(url, async (redis) => void (await redis.flushall())),
    restart: async () => {
      await end(child)
      child = await launch(port, url)
    },
    stop: () => end(child),
  }
}

async function launch(port: number, url: string): Promise<ChildProcess> {
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ]
  const child = spawn('redis-server', settings, { stdio: 'ignore' })
  await withClient(url, async (redis) => void (await redis.ping()))
  return child
}

/** The client tries until the server listens. */
async function withClient(url: string, work: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
  redis.on('error', () => {})
  try {
    await work(redis)
  } finally {
    redis.disconnect()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
