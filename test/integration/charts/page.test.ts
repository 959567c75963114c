import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDrawer } from '../../support/drawers.ts'
import { startFakeQuickChart } from '../../support/fake-quickchart.ts'
import { readPicture } from '../../support/ink.ts'
import { ADMIN_TOKEN, type Instance, startInstance } from '../../support/instance.ts'

const drawer = createTestDrawer()
let instance: Instance

beforeAll(async () => {
  instance = await startInstance({}, { drawer })
  for (const accuracy of [0.9, 0.92, 0.95])
    await instance.finish({ project: 'churn', owner: 'ana', metrics: { accuracy } })
})
afterAll(() => instance.stop())

const consolePage = async (line: string, on = instance): Promise<string> =>
  await (await on.api('GET', `/console?q=${encodeURIComponent(line)}`)).text()

/** The first picture of a page: its address and its words. */
async function pictureOf(line: string, on = instance) {
  const [, src, alt] =
    /<img class="chart" src="([^"]+)" alt="([^"]+)"/.exec(await consolePage(line, on)) ?? []
  if (src === undefined) throw new Error(`no picture for ${line}`)
  return { src, alt }
}

describe('the console', () => {
  it('shows an answer with its chart, drawn when a browser asks for it, and once', async () => {
    const drawn = drawer.drawn
    const { src, alt } = await pictureOf('best accuracy in churn')
    expect(alt).toBe('The best accuracy so far went from 0.9 to 0.95 in 3 records.')
    expect(drawer.drawn).toBe(drawn)
    const answers = await Promise.all([1, 2, 3].map(() => instance.api('GET', src)))
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('image/png')
      expect(answer.headers.get('cache-control')).toContain('immutable')
      expect(answer.headers.get('cache-control')).toContain('private')
    }
    const picture = await readPicture(new Uint8Array((await answers[0]?.arrayBuffer()) ?? new ArrayBuffer(0)))
    expect(picture.ink(14, 14, 400, 24)).toBeGreaterThan(3)
    expect(drawer.drawn).toBe(drawn + 1)
  })

  it('shows the charts of its channel too', async () => {
    await instance.api('POST', '/api/v1/ask', { q: 'watch churn best' })
    await instance.finish({ project: 'churn', metrics: { accuracy: 0.96 } })
    const part = async () => await (await instance.api('GET', '/console/part')).text()
    await expect.poll(part).toContain('in 4 records; marked: churn#4.')
    const [, src = ''] = /<img class="chart" src="([^"]+)"/.exec(await part()) ?? []
    expect((await instance.api('GET', src)).status).toBe(200)
  })

  it('gives a chart to nobody without a token, and knows no other pictures', async () => {
    const { src } = await pictureOf('best accuracy in churn')
    const anonymous = await fetch(`${instance.url}${src}`, { redirect: 'manual' })
    expect(anonymous.status).toBe(302)
    for (const name of [`${'0'.repeat(64)}.png`, 'x.png', `${'a'.repeat(64)}.svg`])
      expect((await instance.api('GET', `/charts/${name}`)).status).toBe(404)
  })

  it('says when a chart cannot be drawn, and is not told to remember that', async () => {
    drawer.fault = 'throws'
    const { src } = await pictureOf('leaderboard accuracy in churn top 2')
    const answer = await instance.api('GET', src)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    drawer.fault = undefined
    expect((await instance.api('GET', src)).status).toBe(200)
  })

  it('asks a script for nothing more: the chart is in the message as data', async () => {
    const answer = await instance.api('GET', '/api/v1/ask?q=best+accuracy+in+churn')
    const { message } = (await answer.json()) as { message: { blocks: { type: string; chart?: unknown }[] } }
    expect(message.blocks.find(({ type }) => type === 'chart')?.chart).toMatchObject({
      kind: 'line',
      series: [{ y: [0.9, 0.92, 0.95, 0.96] }, { style: 'dots' }],
    })
  })
})

describe('with QUICKCHART_URL', () => {
  it('that server draws, and our own threads stand in when it fails', async () => {
    const server = await startFakeQuickChart()
    const own = createTestDrawer()
    const other = await startInstance({ quickChartUrl: server.url }, { drawer: own })
    try {
      for (const accuracy of [0.9, 0.92]) await other.finish({ project: 'churn', metrics: { accuracy } })
      const { src } = await pictureOf('best accuracy in churn', other)
      const answer = await other.api('GET', src)
      expect(Buffer.from(await answer.arrayBuffer()).equals(server.picture)).toBe(true)
      expect([server.requests.length, own.drawn]).toEqual([1, 0])
      server.fault = 'hangs'
      const next = await pictureOf('leaderboard accuracy in churn', other)
      expect((await other.api('GET', next.src)).status).toBe(200)
      expect([server.requests.length, own.drawn]).toEqual([2, 1])
      expect(server.requests.every(({ method }) => method === 'POST')).toBe(true)
      expect(JSON.stringify(server.requests)).not.toContain(ADMIN_TOKEN)
    } finally {
      await other.stop()
      await server.stop()
    }
  })
})
