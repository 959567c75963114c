import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Chart } from '../messages/chart.ts'
import type { Drawer } from './drawer.ts'
import { chartHash } from './hash.ts'

export interface Picture {
  hash: string
  png: Uint8Array
}

/** What draws charts, as everything that shows them sees it. */
export interface Pictures {
  /**
   * A chart's picture, drawn once however often it is asked for. Undefined when it cannot be had within the time: the
   * chart's words are shown then. Never rejects.
   */
  draw(chart: Chart, withinMs?: number): Promise<Picture | undefined>
  /** The picture if it is at hand, as it is for a while after it was drawn. */
  ready(chart: Chart): Picture | undefined
}

/** Where other processes find what was drawn here. */
export interface PictureStore {
  read(hash: string): Promise<Uint8Array | undefined>
  write(hash: string, png: Uint8Array): Promise<void>
}

export interface PicturesOptions {
  /** In the order in which they are tried, each with its own patience. */
  drawers: { drawer: Drawer; patienceMs: number }[]
  store: PictureStore
  log: Pick<Logger, 'warn' | 'debug'>
}

/** How long a message waits for a picture. */
const DRAW_TIMEOUT_MS = 3_000
/** Pictures kept in memory: some ten megabytes. */
const REMEMBERED = 100
/** A drawer that failed so often in a row is left alone for a while: nothing waits for it in vain. */
const FAILURES = 3
const REST_MS = 30_000

export function createPictures(options: PicturesOptions): Pictures & { close(): Promise<void> } {
  const remembered = new Remembered(REMEMBERED)
  const underWay = new Map<string, Promise<Uint8Array>>()
  const draw = drawerOf(options)
  const find = (hash: string, chart: Chart): Promise<Uint8Array> => {
    const former = underWay.get(hash)
    if (former !== undefined) return former
    const work = stored(options, hash, () => draw(chart))
    underWay.set(hash, work)
    work
      .then((png) => remembered.add(hash, png))
      .catch((error: unknown) => options.log.warn({ error: messageOf(error), hash }, 'a chart was not drawn'))
      .finally(() => underWay.delete(hash))
    return work
  }
  return {
    draw: async (chart, withinMs = DRAW_TIMEOUT_MS) => {
      const hash = chartHash(chart)
      const known = remembered.get(hash)
      if (known !== undefined) return { hash, png: known }
      const late = new AbortController()
      const png = await Promise.race([
        find(hash, chart).catch(() => undefined),
        sleep(withinMs, undefined, { signal: late.signal }).catch(() => undefined),
      ])
      late.abort()
      return png === undefined ? undefined : { hash, png }
    },
    ready: (chart) => {
      const hash = chartHash(chart)
      const png = remembered.get(hash)
      return png === undefined ? undefined : { hash, png }
    },
    close: async () => void (await Promise.all(options.drawers.map(({ drawer }) => drawer.close()))),
  }
}

/** A store that is away costs a drawing, nothing else. */
async function stored(
  { store, log }: PicturesOptions,
  hash: string,
  draw: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const failed = (error: unknown) => {
    log.debug({ error: messageOf(error) }, 'a picture was not stored')
  }
  const former = await store.read(hash).catch(failed)
  if (former) return former
  const png = await draw()
  void store.write(hash, png).catch(failed)
  return png
}

/** Asks one drawer after the other. @throws the last one's error */
function drawerOf({ drawers, log }: PicturesOptions): (chart: Chart) => Promise<Uint8Array> {
  const resting = drawers.map(() => ({ failures: 0, until: 0 }))
  return async (chart) => {
    let problem: unknown = new Error('nothing draws: the last attempts failed, it is tried again soon')
    for (const [index, { drawer, patienceMs }] of drawers.entries()) {
      const rest = resting[index] ?? { failures: 0, until: 0 }
      if (performance.now() < rest.until) continue
      try {
        const png = await drawer.draw(chart, AbortSignal.timeout(patienceMs))
        rest.failures = 0
        return png
      } catch (error) {
        problem = error
        rest.failures += 1
        if (rest.failures >= FAILURES) rest.until = performance.now() + REST_MS
        log.debug({ drawer: drawer.name, error: messageOf(error) }, 'a chart was not drawn here')
      }
    }
    throw problem
  }
}

/** The pictures that were asked for last. */
class Remembered {
  readonly #limit: number
  readonly #pictures = new Map<string, Uint8Array>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(hash: string): Uint8Array | undefined {
    const png = this.#pictures.get(hash)
    if (png === undefined) return undefined
    this.#pictures.delete(hash)
    this.#pictures.set(hash, png)
    return png
  }

  add(hash: string, png: Uint8Array): void {
    this.#pictures.set(hash, png)
    for (const oldest of this.#pictures.keys()) {
      if (this.#pictures.size <= this.#limit) return
      this.#pictures.delete(oldest)
    }
  }
}
