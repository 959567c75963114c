import os from 'node:os'
import { cpuSeconds, cpuSecondsWithChildren, parentOf } from './cpu.ts'
import { withClient } from '../../test/support/with-client.ts'
import { median } from './measure.ts'
import type { Server } from './server.ts'
import { figure } from './table.ts'

export interface CpuUse {
  api: number
  postgres: number
  /** Of this process, which sends the load. */
  client: number
}

/** The process id of the server itself, whose children are its backends. */
export async function postgresOf(url: string): Promise<number> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    return parentOf(rows[0]?.pid ?? 0)
  })
}

/** Milliseconds of CPU that each side uses while `work` goes on. */
export async function cpuDuring(
  { server, apis }: { server: number; apis: Server[] },
  work: () => Promise<void>,
): Promise<CpuUse> {
  const read = () => ({
    api: apis.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0) * 1_000,
    postgres: cpuSecondsWithChildren(server) * 1_000,
    client: (process.cpuUsage().user + process.cpuUsage().system) / 1_000,
  })
  const before = read()
  await work()
  const after = read()
  return {
    api: after.api - before.api,
    postgres: after.postgres - before.postgres,
    client: after.client - before.client,
  }
}

/** What a call costs and where, over all rounds: it tells what holds a rate back. */
export function cpuLedger(sides: { server: number; apis: Server[] }) {
  const entries: (CpuUse & { busy: number })[] = []
  return {
    /** @param work gives how many calls it made */
    during: async (work: () => Promise<number>): Promise<void> => {
      const begun = performance.now()
      let calls = 0
      const { api, postgres, client } = await cpuDuring(sides, async () => {
        calls = await work()
      })
      const busy = (api + postgres + client) / (performance.now() - begun)
      entries.push({ api: api / calls, postgres: postgres / calls, client: client / calls, busy })
    },
    sentence: (): string => {
      const of = (key: keyof (typeof entries)[0]) => figure(median(entries.map((entry) => entry[key])))
      return `Each costs ${of('api')} ms of CPU in the server, ${of('postgres')} in PostgreSQL and ${of('client')} in the client that sends it, and keeps ${of('busy')} of ${os.availableParallelism()} cores busy; else all wait for a commit or for each other.`
    },
  }
}
