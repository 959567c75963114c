import { Cluster, type Redis } from 'ioredis'
import type { RedisConfig } from '../config.ts'
import { messageOf } from '../errors.ts'
import { openRedis } from '../jobs/redis.ts'
import type { Finding } from './finding.ts'

const CALL_LIMIT_MS = 10_000

/** Whether the queue's Redis answers, as what it was said to be, and keeps what it is given. */
export async function checkQueue(config: RedisConfig | undefined): Promise<Finding> {
  const name = 'Queue'
  if (config === undefined) return { name, ok: true, detail: 'on PostgreSQL; REDIS_URL moves it to Redis' }
  const redis = openRedis(config, 'patient')
  try {
    return { name, ...(await Promise.race([look(redis), firstError(redis)])) }
  } catch (error) {
    return { name, ok: false, detail: `Redis: ${reason(error)}`, fix: fixOf(config, error) }
  } finally {
    redis.disconnect()
  }
}

async function look(redis: Redis | Cluster): Promise<Omit<Finding, 'name'>> {
  const isCluster = redis instanceof Cluster
  // Any answer that makes sense means that a cluster's nodes are known from here on.
  const info = await redis.info('cluster')
  if (!isCluster && info.includes('cluster_enabled:1')) {
    const fix = 'Begin REDIS_URL with redis-cluster://.'
    return { ok: false, detail: 'Redis is a node of a cluster', fix }
  }
  const nodes = isCluster ? redis.nodes('master') : [redis]
  const policies = await Promise.all(nodes.map(evictionPolicy))
  const evicting = policies.find((policy) => policy !== undefined && policy !== 'noeviction')
  if (evicting !== undefined) {
    const detail = `Redis may evict keys (maxmemory-policy ${evicting})`
    return { ok: false, detail, fix: 'Set maxmemory-policy noeviction.' }
  }
  const detail = isCluster ? `Redis Cluster answers, ${nodes.length} masters` : 'Redis answers'
  return { ok: true, detail }
}

/** Undefined where the provider does not let us ask. */
async function evictionPolicy(node: Redis): Promise<string | undefined> {
  const answer = (await node.config('GET', 'maxmemory-policy').catch(() => [])) as string[]
  return answer[1]
}

async function firstError(redis: Redis | Cluster): Promise<never> {
  return await new Promise((_resolve, reject) => {
    redis.on('error', reject)
    const late = () => reject(new Error(`no answer in ${CALL_LIMIT_MS / 1_000} s`))
    setTimeout(late, CALL_LIMIT_MS).unref()
  })
}

/** Of a cluster the client only says that no node would do; the node's own word tells why. */
function reason(error: unknown): string {
  const { lastNodeError } = error as { lastNodeError?: Error | null }
  return messageOf(lastNodeError ?? error)
}

function fixOf({ kind }: RedisConfig, error: unknown): string {
  const isPlain = kind === 'cluster' && /cluster support disabled/i.test(reason(error))
  return isPlain
    ? 'It is a single server: begin REDIS_URL with redis://.'
    : 'Start Redis, or correct REDIS_URL.'
}
