import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Drawer } from '../../../src/charts/drawer.ts'
import { createPictures, type PictureStore } from '../../../src/charts/pictures.ts'
import { createThreads } from '../../../src/charts/threads.ts'
import { lineChart } from '../../support/charts.ts'

const PNG = new Uint8Array([137, 80, 78, 71])
const said: string[] = []
const log = {
  warn: (_details: unknown, text?: string) => void said.push(text ?? ''),
  debug: () => {},
} as never

function createStore(): PictureStore & { pictures: Map<string, Uint8Array> } {
  const pictures = new Map<string, Uint8Array>()
  return {
    pictures,
    read: async (hash) => pictures.get(hash),
    write: async (hash, png) => void pictures.set(hash, png),
  }
}

/** Counts what it is asked for and answers as the test says. */
function createDrawer(draw: (signal: AbortSignal) => Promise<Uint8Array> = async () => PNG) {
  const drawer: Drawer & { count: number } = {
    name: 'test',
    count: 0,
    draw: (_chart, signal) => {
      drawer.count += 1
      return draw(signal)
    },
    close: async () => {},
  }
  return drawer
}

/** Until its signal aborts, and then as long as nobody looks. */
const hanging = (): Promise<Uint8Array> => new Promise(() => {})
const untilAborted = (signal: AbortSignal): Promise<Uint8Array> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
const failing = async (): Promise<Uint8Array> => {
  throw new Error('no canvas')
}

function picturesOf(drawers: Drawer[], store: PictureStore = createStore(), patienceMs = 10_000) {
  return createPictures({ drawers: drawers.map((drawer) => ({ drawer, patienceMs })), store, log })
}

describe('a chart', () => {
  it('is drawn once, however many ask for it at once and later', async () => {
    const drawer = createDrawer()
    const pictures = picturesOf([drawer])
    const all = await Promise.all(Array.from({ length: 20 }, () => pictures.draw(lineChart())))
    all.push(await pictures.draw(lineChart()))
    expect(new Set(all.map((one) => one?.hash))).toEqual(new Set([all[0]?.hash]))
    expect(all.every((one) => one?.png === PNG)).toBe(true)
    expect(drawer.count).toBe(1)
    await pictures.draw(lineChart({ title: 'another' }))
    expect(drawer.count).toBe(2)
  })

  it('is not drawn again by another process', async () => {
    const store = createStore()
    await picturesOf([createDrawer()], store).draw(lineChart())
    await expect.poll(() => store.pictures.size).toBe(1)
    const other = createDrawer()
    expect(await picturesOf([other], store).draw(lineChart())).toBeDefined()
    expect(other.count).toBe(0)
  })

  it('is drawn although the store is away', async () => {
    const store: PictureStore = { read: failing, write: failing as never }
    expect((await picturesOf([createDrawer()], store).draw(lineChart()))?.png).toBe(PNG)
  })

  it('is forgotten only when a hundred others came after it', async () => {
    const store: PictureStore = { read: async () => undefined, write: async () => {} }
    const drawer = createDrawer()
    const pictures = picturesOf([drawer], store)
    const ask = (title: string) => pictures.draw(lineChart({ title }))
    await ask('first')
    for (let other = 0; other < 99; other++) await ask(`other ${other}`)
    await ask('first')
    expect(drawer.count).toBe(100)
    for (let other = 0; other < 100; other++) await ask(`later ${other}`)
    await ask('first')
    expect(drawer.count).toBe(201)
  })
})

describe('a drawer', () => {
  it('that fails leaves the message without a picture, and the log says why', async () => {
    said.length = 0
    expect(await picturesOf([createDrawer(failing)]).draw(lineChart())).toBeUndefined()
    expect(said).toEqual(['a chart was not drawn'])
  })

  it('that hangs holds nobody up beyond the time', async () => {
    const pictures = picturesOf([createDrawer(hanging)])
    const begun = performance.now()
    expect(await pictures.draw(lineChart(), 50)).toBeUndefined()
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('that is slow still draws for whoever asks later', async () => {
    const slow = Promise.withResolvers<Uint8Array>()
    const drawer = createDrawer(() => slow.promise)
    const pictures = picturesOf([drawer])
    expect(await pictures.draw(lineChart(), 10)).toBeUndefined()
    slow.resolve(PNG)
    expect((await pictures.draw(lineChart()))?.png).toBe(PNG)
    expect(drawer.count).toBe(1)
  })

  it('that failed is stood in for by the next one', async () => {
    const [first, second] = [createDrawer(untilAborted), createDrawer()]
    const pictures = picturesOf([first, second], createStore(), 20)
    expect((await pictures.draw(lineChart()))?.png).toBe(PNG)
    expect([first.count, second.count]).toEqual([1, 1])
  })

  it('that failed three times in a row is left alone for a while', async () => {
    const [first, second] = [createDrawer(failing), createDrawer()]
    const pictures = picturesOf([first, second])
    for (let chart = 0; chart < 10; chart++) await pictures.draw(lineChart({ title: `chart ${chart}` }))
    expect([first.count, second.count]).toEqual([3, 10])
  })
})

/** How much a thread of this process gives way to others; NaN once it has ended. */
function niceOf(thread: string): number {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  } catch {
    return Number.NaN
  }
}

describe('threads', () => {
  const threads = createThreads({ idleMs: 1_000 })
  afterEach(() => threads.close())
  const anyTime = () => AbortSignal.timeout(30_000)

  it('draw, and draw on after a chart that took too long', async () => {
    const first = await threads.draw(lineChart(), anyTime())
    expect(Buffer.from(first.subarray(1, 4)).toString()).toBe('PNG')
    const x = Array.from({ length: 500_000 }, (_, index) => index)
    const endless = lineChart({
      series: [{ name: 'a', style: 'line', x, y: x.map((at) => Math.sin(at)) }],
    })
    await expect(threads.draw(endless, AbortSignal.timeout(50))).rejects.toThrow(/abort|memory/i)
    expect(await threads.draw(lineChart(), anyTime())).toEqual(first)
  })

  it.runIf(process.platform === 'linux')('give way to the thread that answers', async () => {
    const before = niceOf(String(process.pid))
    await threads.draw(lineChart(), anyTime())
    expect(niceOf(String(process.pid))).toBe(before)
    expect(readdirSync('/proc/self/task').map(niceOf)).toContain(Math.min(19, before + 10))
  })

  it('tell what is wrong with a chart', async () => {
    await expect(threads.draw({ kind: 'pie' } as never, anyTime())).rejects.toThrow(/undefined|map|options/)
    await expect(threads.draw(lineChart(), anyTime())).resolves.toBeDefined()
  })
})
