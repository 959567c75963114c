import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { drawChart } from '../../src/charts/draw.ts'
import { lineChart } from './charts.ts'

export interface ChartRequest {
  method: string
  path: string
  body: Record<string, unknown>
}

/** A QuickChart server that draws the same picture whatever it is asked for, and remembers what it was asked. */
export async function startFakeQuickChart() {
  const requests: ChartRequest[] = []
  const picture = drawChart(lineChart({ title: 'from elsewhere' }))
  const fake = {
    requests,
    picture,
    url: '',
    /** What it answers instead. */
    fault: undefined as undefined | 'refuses' | 'hangs' | 'html',
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString('utf8')
    requests.push({
      method: request.method ?? '',
      path: request.url ?? '',
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    })
    if (fake.fault === 'hangs') return
    if (fake.fault === 'refuses')
      return void response.writeHead(400, { 'x-quickchart-error': 'invalid chart' }).end('no')
    if (fake.fault === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')
    response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return fake
}
