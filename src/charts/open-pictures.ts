import type { Drawer } from './drawer.ts'
import { createPictures, type PicturesOptions } from './pictures.ts'
import { createThreads } from './threads.ts'

/** When a chart that is still not drawn is given up. */
const THREADS_MS = 10_000
/** Short enough that the threads can stand in while the message still waits. */
const QUICKCHART_MS = 2_000

export interface OpenOptions extends Omit<PicturesOptions, 'drawers'> {
  /** Draws instead of our own threads. */
  drawer: Drawer | undefined
  quickChartUrl: string | undefined
}

/** What draws: a QuickChart server where one is configured, and our own threads, which stand in for it. */
export async function openPictures({ drawer, quickChartUrl, ...options }: OpenOptions) {
  const drawers = [{ drawer: drawer ?? createThreads(), patienceMs: THREADS_MS }]
  if (quickChartUrl !== undefined) {
    const { createQuickChart } = await import('./quickchart.ts')
    drawers.unshift({ drawer: createQuickChart(quickChartUrl), patienceMs: QUICKCHART_MS })
  }
  return createPictures({ ...options, drawers })
}
