import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createQuickChart } from '../../../src/charts/quickchart.ts'
import type { Chart } from '../../../src/messages/chart.ts'
import { barChart, lineChart, scatterChart } from '../../support/charts.ts'
import { startFakeQuickChart } from '../../support/fake-quickchart.ts'
import { HOSTILE } from '../../support/hostile-text.ts'

let fake: Awaited<ReturnType<typeof startFakeQuickChart>>
beforeAll(async () => {
  fake = await startFakeQuickChart()
})
afterAll(() => fake.stop())
beforeEach(() => {
  fake.requests.length = 0
  fake.fault = undefined
})

const draw = (chart: Chart, url = fake.url, ms = 5_000) =>
  createQuickChart(url).draw(chart, AbortSignal.timeout(ms))

it('is asked by POST alone, in JSON alone, for the fourth version of Chart.js', async () => {
  expect(Buffer.from(await draw(lineChart())).equals(fake.picture)).toBe(true)
  expect(fake.requests).toHaveLength(1)
  const [request] = fake.requests
  expect(request).toMatchObject({ method: 'POST', path: '/chart' })
  expect(request?.body).toMatchObject({
    version: '4',
    format: 'png',
    width: 600,
    height: 360,
    devicePixelRatio: 2,
    backgroundColor: '#ffffff',
  })
  expect(JSON.parse(request?.body['chart'] as string)).toMatchObject({ type: 'line' })
})

it.each([lineChart({ log: true }), barChart(), scatterChart()])(
  '$kind charts are data, no program',
  async (chart) => {
    await draw(chart)
    const sent = fake.requests[0]?.body['chart'] as string
    expect(JSON.stringify(JSON.parse(sent))).toBe(sent)
    expect(sent).not.toMatch(/function|=>/)
  },
)

it.each(HOSTILE)('a name stays a text: %j', async (name) => {
  await draw(lineChart({ title: name, series: [{ name, style: 'line', x: [1], y: [1] }] }))
  const sent = fake.requests[0]?.body['chart'] as string
  // What such a server does with it.
  const read = runInNewContext(`(${sent})`) as unknown
  expect(JSON.stringify(read)).toBe(sent)
})

it('may stand below a path', async () => {
  await draw(lineChart(), `${fake.url}/charts/`)
  expect(fake.requests[0]?.path).toBe('/charts/chart')
})

describe('fails', () => {
  it('when the server refuses, with its words', async () => {
    fake.fault = 'refuses'
    await expect(draw(lineChart())).rejects.toThrow(/invalid chart/)
  })
  it('when the answer is no picture', async () => {
    fake.fault = 'html'
    await expect(draw(lineChart())).rejects.toThrow('no PNG')
  })
  it('when no answer comes in time', async () => {
    fake.fault = 'hangs'
    await expect(draw(lineChart(), fake.url, 50)).rejects.toThrow('in time')
  })
  it('when nobody is there', async () => {
    await expect(draw(lineChart(), 'http://127.0.0.1:9')).rejects.toThrow(/ECONNREFUSED|bad port|fetch/)
  })
})
