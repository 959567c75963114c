import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOfTree } from '../harness/memory.ts'
import type { Bench, Measure, Part } from '../harness/measure.ts'
import { startServer } from '../harness/server.ts'
import { figure } from '../harness/table.ts'

const ROUNDS = 5
/** Start-up has ended by then, and the first garbage is collected. */
const SETTLE_MS = 8_000

export const start: Part = {
  name: 'start',
  summary: 'From npm start to the first answer, with the embedded PostgreSQL, and what both hold at rest',
  run: async (bench) => {
    const cold: number[] = []
    const warm: number[] = []
    const memory: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const dataDir = path.join(bench.folder, 'data')
      await rm(dataDir, { recursive: true, force: true })
      cold.push((await startOnce(bench, dataDir)).seconds)
      const again = await startOnce(bench, dataDir, round <= 3)
      warm.push(again.seconds)
      if (again.memory !== undefined) memory.push(again.memory)
      bench.say(
        `round ${round} of ${ROUNDS}: cold ${figure(cold.at(-1) ?? 0)} s, warm ${figure(again.seconds)} s`,
      )
    }
    if (memory.length === 0) bench.say('idle memory is left out: only Linux tells how pages are shared')
    return measures(cold, warm, memory)
  },
}

async function startOnce(
  bench: Bench,
  dataDir: string,
  weigh = false,
): Promise<{ seconds: number; memory: number | undefined }> {
  const server = await startServer(bench, { EXPEDITER_DATA_DIR: dataDir })
  if (weigh) await sleep(SETTLE_MS)
  const memory = weigh ? memoryOfTree(server.pid) : undefined
  await server.stop()
  return { seconds: server.startedInMs / 1_000, memory }
}

function measures(cold: number[], warm: number[], memory: number[]): Measure[] {
  const goal = (atMost: number) => ({ of: 'figure' as const, atMost })
  const starts: Measure[] = [
    { name: 'cold start, initdb and all migrations included', unit: 's', rounds: cold, goal: goal(3) },
    { name: 'warm start', unit: 's', rounds: warm, goal: goal(1.5) },
  ]
  if (memory.length === 0) return starts
  return [
    ...starts,
    { name: 'idle memory, the database included (PSS)', unit: 'MB', rounds: memory, goal: goal(250) },
  ]
}
