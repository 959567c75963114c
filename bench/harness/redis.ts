import { hasRedis, startRedis } from '../../test/support/redis.ts'
import type { Bench } from './measure.ts'

/** The environment that puts the queues on a Redis of their own; on PostgreSQL where there is no redis-server. */
export async function queueOnRedis(bench: Bench): Promise<{ env: Record<string, string>; name: string }> {
  if (!hasRedis()) return { env: {}, name: 'PostgreSQL' }
  const redis = await startRedis()
  bench.onEnd(() => redis.stop())
  return { env: { REDIS_URL: redis.url }, name: 'Redis' }
}
