import type { Drawer } from '../../src/charts/drawer.ts'
import { createThreads } from '../../src/charts/threads.ts'

const DRAW_MS = 10_000
/** Files share a process: threads of the last one end soon. */
const IDLE_MS = 2_000

/** Real threads that can be told to fail, to hang or to wait, and that count. */
export function createTestDrawer(): Drawer & { drawn: number; fault: 'throws' | 'hangs' | undefined } {
  const threads = createThreads()
  const drawer: ReturnType<typeof createTestDrawer> = {
    name: 'test',
    drawn: 0,
    fault: undefined,
    draw: async (chart, signal) => {
      drawer.drawn += 1
      if (drawer.fault === 'throws') throw new Error('no canvas here')
      if (drawer.fault === 'hangs') return await new Promise<never>(() => {})
      return await threads.draw(chart, signal)
    },
    close: () => threads.close(),
  }
  return drawer
}

let threads: Drawer | undefined
const drawn = new Map<string, Promise<Uint8Array>>()

/**
 * Real threads that all instances of a test file share, and that draw the same chart once. Tests of the drawing itself
 * take others.
 */
export function sharedDrawer(): Drawer {
  return {
    name: 'shared',
    draw: async (chart) => {
      const key = JSON.stringify(chart)
      const known = drawn.get(key)
      if (known !== undefined) return await known
      threads ??= createThreads({ idleMs: IDLE_MS })
      const work = threads.draw(chart, AbortSignal.timeout(DRAW_MS))
      drawn.set(key, work)
      work.catch(() => drawn.delete(key))
      return await work
    },
    close: async () => {},
  }
}
