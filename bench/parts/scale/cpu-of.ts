import { cpuSeconds, cpuSecondsWithChildren, parentOf } from '../../harness/cpu.ts'
import { withClient } from '../../harness/database.ts'
import type { Server } from '../../harness/server.ts'

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
