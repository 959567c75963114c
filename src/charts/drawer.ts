import type { Chart } from '../messages/chart.ts'

/** Something that draws: our own threads, or a server. */
export interface Drawer {
  readonly name: string
  /** A PNG. @throws Error when it cannot be drawn, or the signal aborts first */
  draw(chart: Chart, signal: AbortSignal): Promise<Uint8Array>
  close(): Promise<void>
}
