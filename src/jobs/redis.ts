import { Cluster, Redis } from 'ioredis'
import type { RedisConfig } from '../config.ts'

/**
 * A connection to the server, or to every node of the cluster.
 * @param patience `brief`: a command fails at once while Redis is away, because a request waits for it;
 * `patient`: a command waits until Redis is back, as workers do
 */
export function openRedis(config: RedisConfig, patience: 'patient' | 'brief'): Redis | Cluster {
  const patient = patience === 'patient'
  const maxRetriesPerRequest = patient ? null : 1
  if (config.kind === 'server') {
    return new Redis(config.url, { maxRetriesPerRequest, enableOfflineQueue: patient })
  }
  const { nodes, username, password, tls } = config
  return new Cluster(nodes, {
    enableOfflineQueue: patient,
    // With that check, `connect()` neither resolves nor rejects while some slots are not served, and BullMQ's worker,
    // which connects anew when a command hangs, would wait for it until the process ends.
    enableReadyCheck: false,
    redisOptions: {
      maxRetriesPerRequest,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: {} } : {}),
    },
    // A certificate names the host, not its address.
    ...(tls ? { dnsLookup: (host, found) => found(null, host) } : {}),
  })
}
