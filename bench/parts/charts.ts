import { deepEqual, equal, ok } from 'node:assert/strict'
import { chartSize } from '../../src/charts/size.ts'
import { createThreads } from '../../src/charts/threads.ts'
import type { Chart } from '../../src/messages/chart.ts'
import { readPicture } from '../../test/support/ink.ts'
import type { Measure, Part } from '../harness/measure.ts'
import { createRandom } from '../harness/random.ts'
import { openRig } from './charts/rig.ts'
import { watchLoop } from './charts/watch-loop.ts'
import { chartOf } from './charts/workload.ts'

const ROUNDS = 5
const CHARTS = 100
const ONE_BY_ONE = 25
/** Hundreds of charts until memory is looked at, and then again. */
const SETTLING = 3
/** As many as ask at once while a busy channel scrolls by. */
const ASKING = 8
const DRAW_TIMEOUT_MS = 60_000
const KINDS = 4
const MIB = 2 ** 20
/** Where a title stands in a picture. */
const TITLE = [14, 14, 400, 24] as const

type Show = (chart: Chart) => Promise<Uint8Array>

export const charts: Part = {
  name: 'charts',
  summary:
    'Charts as PNGs of 1,200 pixels, curves, records, boards and fronts in turn: each kept as data, drawn in threads that leave a core to the main loop, remembered and stored in PostgreSQL, eight asked for at once, beside a main loop that must not be held up. A quarter of them is drawn again by a thread of its own, one after the other, and compared to the byte; of each round one of each kind is looked at, and all must be in the store',
  run: async (bench) => {
    const { show, stored } = await openRig(bench)
    const other = createThreads()
    bench.onEnd(() => other.close())
    const random = createRandom(20_261_125)
    const hundred = () => Array.from({ length: CHARTS }, (_, at) => chartOf(random, at))
    const first = await timed(() => show(chartOf(random, 0)))
    const rounds = { rate: [], alone: [], held: [], worked: [], memory: [], again: [] } as Rounds
    const seen: [Chart, Uint8Array][] = []
    for (let round = 0; round < 2 * SETTLING; round++) {
      await atOnce(hundred(), show)
      rounds.memory.push(process.memoryUsage.rss() / MIB)
    }
    for (let round = 0; round < ROUNDS; round++) {
      const all = hundred()
      const { drawn, ...taken } = await oneRound(all, show, (chart) =>
        other.draw(chart, AbortSignal.timeout(DRAW_TIMEOUT_MS)),
      )
      for (const [at, chart] of all.slice(0, KINDS).entries()) seen.push([chart, drawn[at] as Uint8Array])
      for (const [name, value] of Object.entries(taken)) rounds[name as keyof Rounds].push(value)
      bench.say(
        `round ${round + 1}: ${taken.rate.toFixed(1)} charts/s, main loop held ${taken.held.toFixed(1)} ms, ${taken.worked.toFixed(1)} of work`,
      )
    }
    // Here and not before: it would leave megabytes of pixels for the main loop to collect.
    for (const [chart, png] of seen) await look(chart, png)
    equal(await stored(), 1 + (2 * SETTLING + ROUNDS) * CHARTS, 'charts in the store')
    return measures(rounds, first)
  },
}

type Rounds = Record<'rate' | 'alone' | 'held' | 'worked' | 'memory' | 'again', number[]>

/** A hundred charts, one of them once more, and a quarter of them one after the other. */
async function oneRound(all: Chart[], show: Show, drawAlone: Show) {
  const stop = watchLoop()
  const begun = performance.now()
  const drawn = await atOnce(all, show)
  const took = performance.now() - begun
  const { held, worked } = stop()
  const again = await timed(() => show(all.at(-1) as Chart))
  const alone: Uint8Array[] = []
  const aloneTook = await timed(async () => {
    for (const chart of all.slice(0, ONE_BY_ONE)) alone.push(await drawAlone(chart))
  })
  deepEqual(drawn.slice(0, ONE_BY_ONE), alone, 'the same charts drawn by another thread')
  return {
    drawn,
    rate: CHARTS / (took / 1_000),
    held,
    worked,
    again,
    alone: ONE_BY_ONE / (aloneTook / 1_000),
  }
}

/** @throws AssertionError unless it is a whole picture of the right size with a title and something in the middle */
async function look(chart: Chart, png: Uint8Array): Promise<void> {
  const { width, height } = chartSize(chart)
  const picture = await readPicture(png)
  deepEqual([picture.width, picture.height], [width * 2, height * 2], chart.title)
  ok(picture.opaque() && picture.ink(...TITLE) > 1, `the title of ${chart.title}`)
  ok(picture.ink(60, 60, width - 120, height - 100) > 0, `the middle of ${chart.title}`)
}

/** @returns what each became, in their order */
async function atOnce(all: Chart[], show: Show): Promise<Uint8Array[]> {
  const drawn: Uint8Array[] = []
  let next = 0
  const worker = async () => {
    for (let at = next++; at < all.length; at = next++) drawn[at] = await show(all[at] as Chart)
  }
  await Promise.all(Array.from({ length: ASKING }, worker))
  return drawn
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

function measures({ rate, alone, held, worked, memory, again }: Rounds, first: number): Measure[] {
  return [
    {
      name: 'charts in threads',
      unit: 'charts/s',
      rounds: rate,
      reference: { name: 'one after the other', rounds: alone },
      goal: { of: 'figure', atLeast: 30 },
    },
    {
      name: 'the longest time of a round that the main loop was held meanwhile',
      unit: 'ms',
      rounds: held,
      goal: { of: 'figure', atMost: 20 },
      note: 'What is not work of the main loop is waiting for a core: one is left to it and to PostgreSQL.',
    },
    {
      name: 'the longest time of all rounds that the main loop worked in one go',
      unit: 'ms',
      rounds: [Math.max(...worked)],
      goal: { of: 'figure', atMost: 20 },
    },
    {
      name: 'memory of the process, each hundred of the second three hundred charts',
      unit: 'MiB',
      rounds: memory.slice(SETTLING),
      reference: { name: 'of the first three', rounds: memory.slice(0, SETTLING) },
      goal: { of: 'ratio', atMost: 1.2 },
      note: 'With its threads and a hundred remembered pictures.',
    },
    { name: 'a chart that was drawn before', unit: 'ms', rounds: again },
    { name: 'the first chart, with the start of a thread and its fonts', unit: 'ms', rounds: [first] },
  ]
}
