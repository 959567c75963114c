import { GlobalFonts } from '@napi-rs/canvas'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawChart } from '../../../src/charts/draw.ts'
import { chartSize } from '../../../src/charts/size.ts'
import type { Chart } from '../../../src/messages/chart.ts'
import { anyChart } from '../../support/chart-arbitrary.ts'
import { barChart, lineChart, scatterChart } from '../../support/charts.ts'
import { fuzzRuns } from '../../support/fuzz.ts'
import { HOSTILE } from '../../support/hostile-text.ts'
import { readPicture } from '../../support/ink.ts'

const draw = async (chart: Chart) => await readPicture(drawChart(chart))
/** Where a title stands. */
const TITLE = [14, 14, 400, 24] as const

describe.each([lineChart(), barChart(), scatterChart()] as Chart[])('a chart of kind $kind', (chart) => {
  it('has the size that is said, twice as sharp, on opaque paper', async () => {
    const { width, height } = chartSize(chart)
    const picture = await draw(chart)
    expect([picture.width, picture.height]).toEqual([width * 2, height * 2])
    expect(picture.opaque()).toBe(true)
  })

  it('has its title in ink: the fonts of the packages are there', async () => {
    const [titled, bare] = [await draw(chart), await draw({ ...chart, title: '' })]
    expect(titled.ink(...TITLE)).toBeGreaterThan(3)
    expect(bare.ink(...TITLE)).toBe(0)
    expect(GlobalFonts.has('Inter')).toBe(true)
  })

  it('shows something in the middle, and nothing at the right edge', async () => {
    const { width, height } = chartSize(chart)
    const picture = await draw(chart)
    expect(picture.ink(60, 60, width - 120, height - 100)).toBeGreaterThan(0)
    expect(picture.ink(width - 4, 0, 4, height)).toBe(0)
  })
})

/** A character that no font has is drawn as a box. */
const NOWHERE = '\u{10FFFD}'
let box: Awaited<ReturnType<typeof draw>> | undefined

it.each(['a', 'Ł', 'ś', 'Ω', 'έ', 'Ж', 'я', '→', '≤', '₂', '✓'])(
  'has a sign for %s, not a box',
  async (sign) => {
    box ??= await draw(lineChart({ title: NOWHERE }))
    const own = await draw(lineChart({ title: sign }))
    expect(own.ink(...TITLE)).toBeGreaterThan(0)
    expect(own.pixels(...TITLE)).not.toBe(box.pixels(...TITLE))
  },
)

it('a gap is no line', async () => {
  const x = Array.from({ length: 40 }, (_, index) => index)
  const series = (y: (number | null)[]) => [{ name: 'a', style: 'line' as const, x, y }]
  const flat = await draw(lineChart({ series: series(x.map(() => 0.5)) }))
  const gapped = await draw(lineChart({ series: series(x.map((at) => (at > 10 && at < 30 ? null : 0.5))) }))
  const middle = [280, 60, 60, 230] as const
  expect(flat.ink(...middle)).toBeGreaterThan(0.5)
  expect(gapped.ink(...middle)).toBe(0)
})

it('an empty picture says why', async () => {
  const empty = lineChart({ series: [{ name: 'a', style: 'line', x: [1, 2], y: [null, null] }] })
  expect((await draw(empty)).ink(200, 140, 200, 60)).toBeGreaterThan(0.3)
})

it('a long hostile name changes no other place', async () => {
  for (const title of HOSTILE) {
    const picture = await draw(lineChart({ title: title.repeat(10), subtitle: title.repeat(20) }))
    expect(picture.ink(588, 0, 12, 70)).toBe(0)
  }
})

it('draws whatever the model allows', async () => {
  await fc.assert(
    fc.asyncProperty(anyChart, async (chart) => {
      const png = drawChart(chart)
      expect(Buffer.from(png.subarray(1, 4)).toString()).toBe('PNG')
    }),
    fuzzRuns(15),
  )
}, 60_000)
