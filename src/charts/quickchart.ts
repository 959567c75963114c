import QuickChart from 'quickchart-js'
import { configOf } from './config.ts'
import type { Drawer } from './drawer.ts'
import { PAPER } from './look.ts'
import { chartSize } from './size.ts'

// Its types describe another build than the one that Node loads.
const Client = QuickChart as unknown as typeof QuickChart.default

const SCALE = 2
const LARGEST = 5_000_000
const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

/**
 * Has charts drawn by a QuickChart server: posted as JSON, never in an address, where names and values would stand in
 * logs and caches.
 */
export function createQuickChart(url: string): Drawer {
  const { protocol, host, pathname } = new URL(url)
  return {
    name: host,
    draw: async (chart, signal) => {
      const { width, height } = chartSize(chart)
      const request = new Client()
        .setScheme(protocol.slice(0, -1))
        .setHost(`${host}${pathname.replace(/\/+$/, '')}`)
        .setVersion('4')
        .setWidth(width)
        .setHeight(height)
        .setDevicePixelRatio(SCALE)
        .setBackgroundColor(PAPER)
        .setFormat('png')
        // An object would be sent as a program.
        .setConfig(JSON.stringify(configOf(chart)))
      return checked(await unlessAborted(request.toBinary(), signal))
    },
    close: async () => {},
  }
}

/** The library knows neither a deadline nor an end. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const given = Promise.withResolvers<never>()
  const onAbort = () => given.reject(new Error('no picture in time'))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, given.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {})
  }
}

function checked(png: Buffer): Uint8Array {
  if (png.length > LARGEST) throw new Error(`a picture of ${png.length} bytes`)
  if (!png.subarray(0, PNG.length).equals(PNG)) throw new Error('the answer is no PNG')
  return png
}
