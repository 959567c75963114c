import { createPostgresBackend, type PostgresConnectionOptions, Queue, withBackend, Worker } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import type pg from 'pg'
import type { RedisConfig } from '../config.ts'
import type { Logger } from '../logger.ts'
import { currentName, type JobHandlers, type JobName, type JobPayloads } from './catalog.ts'
import { openRedis } from './redis.ts'

export interface JobQueue {
  add<N extends JobName>(name: N, payload: JobPayloads[N], options?: { delayMs?: number }): Promise<void>
  addEvents(outboxIds: number[]): Promise<void>
  /** Adds the repeated tick, also when Redis forgot it. */
  ensureTick(everyMs: number): Promise<void>
  startWorker(handlers: JobHandlers, concurrency: number): void
  /** Resolves when the queue answers. @throws its own error when it does not */
  ping(): Promise<void>
  depth(): Promise<number>
  close(): Promise<void>
}

/** The hash tag keeps all keys of the queue in one slot of a Redis Cluster. */
const PREFIX = '{expediter}'
/** Finished jobs go at once: BullMQ ignores a job whose id it still keeps, and the truth is in the outbox. */
const REMOVED = { removeOnComplete: true, removeOnFail: true } as const

/** The queue on Redis or a Redis Cluster, the production path. */
export function createRedisQueue(config: RedisConfig, name: string, log: Logger): JobQueue {
  const connect = (patience: 'patient' | 'brief') => {
    const redis = openRedis(config, patience)
    redis.on('error', (error) => log.warn({ error: error.message }, 'Redis does not answer'))
    return redis
  }
  const redis = connect('brief')
  const queue = new Queue(name, { connection: redis, prefix: PREFIX })
  const blocking: (Redis | Cluster)[] = []
  return jobQueue(queue, log, {
    // In a cluster this asks the master that holds the queue, not just any node.
    ping: async () => void (await redis.exists(`${PREFIX}:${name}:meta`)),
    createWorker: (run, concurrency) => {
      const connection = connect('patient')
      blocking.push(connection)
      return new Worker(name, run, { connection, prefix: PREFIX, concurrency, autorun: true })
    },
    close: () => {
      for (const connection of [redis, ...blocking]) connection.disconnect()
    },
  })
}

/** The queue in a schema of its own of our database: nothing to install, the laptop's path. */
export function createPostgresQueue(createPool: () => pg.Pool, name: string, log: Logger): JobQueue {
  const classes = withBackend(createPostgresBackend)
  const pools = [createPool()]
  const first = pools[0] as pg.Pool
  // BullMQ declares its own, slightly narrower type for pg.Pool.
  const asConnection = (pool: pg.Pool) => pool as unknown as PostgresConnectionOptions
  const queue = new classes.Queue(name, { connection: asConnection(first) })
  return jobQueue(queue as unknown as Queue, log, {
    ping: async () => void (await first.query('select 1')),
    createWorker: (run, concurrency) => {
      const pool = createPool()
      pools.push(pool)
      return new classes.Worker(name, run, {
        connection: asConnection(pool),
        concurrency,
      }) as unknown as Worker
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()))
    },
  })
}

interface Backend {
  ping(): Promise<void>
  createWorker(run: (job: { name: string; data: unknown }) => Promise<void>, concurrency: number): Worker
  close(): void | Promise<void>
}

function jobQueue(queue: Queue, log: Logger, backend: Backend): JobQueue {
  const workers: Worker[] = []
  let closing = false
  const onError = (error: Error) => {
    if (!closing) log.warn({ error: error.message }, 'the queue does not answer')
  }
  queue.on('error', onError)
  return {
    add: async (name, payload, { delayMs = 0 } = {}) => {
      await queue.add(name, payload, { ...REMOVED, delay: delayMs })
    },
    addEvents: async (outboxIds) => {
      await queue.addBulk(outboxIds.map((outboxId) => ({ name: 'event', data: { outboxId }, opts: REMOVED })))
    },
    ensureTick: async (everyMs) => {
      await queue.upsertJobScheduler('tick', { every: everyMs }, { name: 'tick', data: {}, opts: REMOVED })
    },
    startWorker: (handlers, concurrency) => {
      const run = async (job: { name: string; data: unknown }) => {
        const handle = handlers[currentName(job.name)] as (payload: unknown) => Promise<void>
        await handle(job.data)
      }
      const worker = backend.createWorker(run, concurrency)
      worker.on('error', onError)
      worker.on('failed', (job, error) =>
        log.error({ job: job?.name, error }, 'a job failed; it is tried again'),
      )
      workers.push(worker)
    },
    ping: backend.ping,
    depth: async () => await queue.getJobCountByTypes('waiting', 'active', 'delayed'),
    close: async () => {
      closing = true
      await Promise.all(workers.map((worker) => worker.close()))
      await queue.close()
      await backend.close()
    },
  }
}
