import type { Drawer } from '../../src/charts/drawer.ts'
import { createThreads } from '../../src/charts/threads.ts'

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
