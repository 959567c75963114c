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
    call: ({ method, path, body, key }: Call): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = key === undefined ? HEADERS : { ...HEADERS, 'idempotency-key': key }
        const parts: Buffer[] = []
        let status = 0
        // Not `request`: its streams would take as long as the whole answer, on the cores that are measured.
        pool.dispatch(
          { method, path, headers, body: body ?? null },
          {
            onRequestStart: () => {},
            onResponseStart: (_controller, code) => void (status = code),
            onResponseData: (_controller, part) => void parts.push(part),
            onResponseError: (_controller, error) => reject(error),
            onResponseEnd: () => {
              const text = Buffer.concat(parts).toString()
              if (status < 300) return resolve(text)
              reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 500)}`))
            },
          },
        )
      }),
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
