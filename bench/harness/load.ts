import { Pool } from 'undici'
import { TOKEN } from './server.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT'
  path: string
  body?: string | Buffer
  /** The Idempotency-Key that our own clients send along. */
  key?: string
}

export interface Load {
  /** Calls a second. */
  rate: number
  count: number
  seconds: number
  /** Milliseconds of each call. */
  latencies: number[]
}

const HEADERS = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }

/** One HTTP client with a connection per worker of the load. */
export function createClient(url: string, connections: number) {
  const pool = new Pool(url, { connections, pipelining: 1 })
  return {
    /** The answer's text. @throws Error for any status but 2xx */
    call: async ({ method, path, body, key }: Call): Promise<string> => {
      const answer = await pool.request({
        method,
        path,
        headers: key === undefined ? HEADERS : { ...HEADERS, 'idempotency-key': key },
        ...(body === undefined ? {} : { body }),
      })
      const text = await answer.body.text()
      if (answer.statusCode >= 300)
        throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`)
      return text
    },
    close: () => pool.close(),
  }
}

/** Closed loop: each of `clients` sends its next call when the last one was answered, until the time is over. */
export async function closedLoop(
  clients: number,
  seconds: number,
  work: (client: number, count: number) => Promise<unknown>,
): Promise<Load> {
  const latencies: number[] = []
  const begun = performance.now()
  const end = begun + seconds * 1_000
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let count = 0; performance.now() < end; count++) {
        const from = performance.now()
        await work(client, count)
        latencies.push(performance.now() - from)
      }
    }),
  )
  const took = (performance.now() - begun) / 1_000
  return { rate: latencies.length / took, count: latencies.length, seconds: took, latencies }
}
