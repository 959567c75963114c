import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

export interface TestCluster {
  /** As REDIS_URL wants it. */
  url: string
  ports: number[]
  /** Empties every master. */
  flushAll(): Promise<void>
  /** How many keys each master holds. */
  sizes(): Promise<number[]>
  /**
   * Ends the master that holds the slot of `key`; the others refuse all commands by then.
   * @returns what starts it again, with nothing in it but its slots
   */
  killMasterOf(key: string): Promise<() => Promise<void>>
  stop(): Promise<void>
}

const MASTERS = 3
/** The bus port of a node, unless it is told another: its port plus this. */
const BUS = 10_000
const HIGHEST_PORT = 55_535

/** Three masters on free loopback ports that keep nothing on disk but who has which slots. */
export async function startRedisCluster(): Promise<TestCluster> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'expediter-cluster-'))
  const nodes = new Map<number, ChildProcess>()
  for (let count = 0; count < MASTERS; count++) {
    const port = await freePortPair()
    await mkdir(path.join(folder, String(port)))
    nodes.set(port, await launch(folder, port))
  }
  const ports = [...nodes.keys()]
  await redisCli('--cluster', 'create', ...ports.map(addressOf), '--cluster-yes')
  await Promise.all(ports.map((port) => onNode(port, (redis) => untilState(redis, 'ok'))))
  return {
    url: `redis-cluster://${ports.map(addressOf).join(',')}`,
    ports,
    flushAll: async () => {
      await Promise.all(ports.map((port) => onNode(port, (redis) => redis.flushall())))
    },
    sizes: () => Promise.all(ports.map((port) => onNode(port, (redis) => redis.dbsize()))),
    killMasterOf: async (key) => {
      const port = await onNode(ports[0] as number, (redis) => masterOf(redis, key))
      await end(nodes.get(port), 'SIGKILL')
      const others = ports.filter((one) => one !== port)
      await Promise.all(others.map((one) => onNode(one, (redis) => untilState(redis, 'fail'))))
      return async () => {
        nodes.set(port, await launch(folder, port))
        await Promise.all(ports.map((one) => onNode(one, (redis) => untilState(redis, 'ok'))))
      }
    },
    stop: async () => {
      await Promise.all([...nodes.values()].map((child) => end(child, 'SIGTERM')))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function addressOf(port: number): string {
  return `127.0.0.1:${port}`
}

async function launch(folder: string, port: number): Promise<ChildProcess> {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: path.join(folder, String(port)),
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    'cluster-enabled': 'yes',
    'cluster-node-timeout': '2000',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  await onNode(port, (redis) => redis.ping())
  return child
}

async function redisCli(...args: string[]): Promise<string> {
  return (await promisify(execFile)('redis-cli', args)).stdout
}

/** Resolves when the node sees all slots served, or knows that some are not. */
async function untilState(redis: Redis, state: 'ok' | 'fail'): Promise<void> {
  while (!String(await redis.cluster('INFO')).includes(`cluster_state:${state}`)) await sleep(20)
}

async function masterOf(redis: Redis, key: string): Promise<number> {
  const slot = await redis.cluster('KEYSLOT', key)
  const ranges = await redis.cluster('SLOTS')
  const [, , master] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? []
  if (master === undefined) throw new Error(`no master has slot ${slot}`)
  return master[1]
}

/** The client tries until the node listens. */
async function onNode<T>(port: number, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    // A node without its cluster answers too.
    enableReadyCheck: false,
  })
  redis.on('error', () => {})
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

async function freePortPair(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port <= HIGHEST_PORT && (await freePort(port + BUS)) === port + BUS) return port
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
