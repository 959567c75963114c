import os from 'node:os'
import path from 'node:path'
import type { Piscina } from 'piscina'
import type { Drawer } from './drawer.ts'

/** One keeps up with any chat, two with several at once; a core is left to the main loop, which must not wait for one. */
const MAX_THREADS = Math.max(1, Math.min(2, os.availableParallelism() - 1))
const IDLE_MS = 60_000
/** The threads that answer people and training scripts come first. On other systems all threads have one priority. */
const NICE = process.platform === 'linux' ? 10 : 0
/** Without a limit a thread keeps the memory of pictures that are long gone. */
const MEMORY = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }
/** A message waits for no picture behind so many others. */
const QUEUE = 200

/**
 * Draws in threads of their own, which start with the first chart and end when none comes for a minute. A chart that
 * takes too long ends with its thread; the next one gets another.
 */
export function createThreads({ idleMs = IDLE_MS }: { idleMs?: number } = {}): Drawer {
  let pool: Promise<Piscina> | undefined
  return {
    name: 'threads',
    draw: async (chart, signal) => {
      pool ??= openPool(idleMs)
      return (await (await pool).run(chart, { signal })) as Uint8Array
    },
    close: async () => await (await pool)?.destroy(),
  }
}

async function openPool(idleTimeout: number): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  const pool = new Piscina({
    filename: path.join(import.meta.dirname, 'worker.ts'),
    name: 'draw',
    minThreads: 0,
    maxThreads: MAX_THREADS,
    idleTimeout,
    maxQueue: QUEUE,
    // A thread that waits for work by blocking would never free the memory of its last picture.
    atomics: 'disabled',
    execArgv: [],
    resourceLimits: MEMORY,
    niceIncrement: NICE,
  })
  // Each chart's own promise tells of its failure.
  pool.on('error', () => {})
  return pool
}
