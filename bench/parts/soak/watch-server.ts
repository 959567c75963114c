import { setTimeout as sleep } from 'node:timers/promises'
import { collectGarbage } from '../../harness/collect-garbage.ts'
import { residentBytes } from '../../harness/cpu.ts'
import { withClient } from '../../../test/support/with-client.ts'
import type { createClient } from '../../harness/load.ts'

const EVERY_MS = 5_000
/** How often what the heap holds is counted without its garbage. */
const HEAP_LOOKS = 7
const MB = 2 ** 20

export interface Sample {
  /** Seconds since the load began. */
  at: number
  residentMb: number
  outbox: number
  jobs: number
  /** Runs whose points are to be put together. */
  toCompact: number
  databaseMb: number
}

/** Looks at the server every five seconds until it is told to stop. */
export function watchServer(
  { pid, url, client }: { pid: number; url: string; client: ReturnType<typeof createClient> },
  onSample: (sample: Sample) => void,
) {
  const begun = performance.now()
  const samples: Sample[] = []
  let looking = Promise.resolve()
  const look = async () => {
    const sample = { at: (performance.now() - begun) / 1_000, ...(await read(pid, url, client)) }
    samples.push(sample)
    onSample(sample)
  }
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, EVERY_MS)
  return {
    stop: async (): Promise<Sample[]> => {
      clearInterval(timer)
      await looking
      return samples
    },
  }
}

async function read(
  pid: number,
  url: string,
  client: ReturnType<typeof createClient>,
): Promise<Omit<Sample, 'at'>> {
  const text = await client.call({ method: 'GET', path: '/metrics' })
  const gauge = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  const [row] = await withClient(url, async (postgres) => {
    const { rows } = await postgres.query<{ runs: number; size: number }>(
      `select (select count(*)::int from compactions) as runs, pg_database_size(current_database())::float8 as size`,
    )
    return rows
  })
  return {
    residentMb: residentBytes(pid) / MB,
    outbox: gauge('expediter_outbox_events'),
    jobs: gauge('expediter_queue_jobs'),
    toCompact: row?.runs ?? 0,
    databaseMb: (row?.size ?? 0) / MB,
  }
}

/**
 * Megabytes that the heap really holds, after a collection, at even distances over the given time.
 * @param port of the server's inspector
 */
export async function watchHeap(
  client: ReturnType<typeof createClient>,
  port: number,
  seconds: { from: number; to: number },
): Promise<{ at: number; mb: number }[]> {
  const begun = performance.now()
  const held: { at: number; mb: number }[] = []
  for (let look = 0; look < HEAP_LOOKS; look++) {
    const at = seconds.from + ((seconds.to - seconds.from) * look) / (HEAP_LOOKS - 1)
    await sleep(Math.max(0, begun + at * 1_000 - performance.now()))
    await collectGarbage(port)
    const text = await client.call({ method: 'GET', path: '/metrics' })
    held.push({ at, mb: Number(/^nodejs_heap_size_used_bytes (.*)$/m.exec(text)?.[1]) / MB })
  }
  return held
}

/** What grows by so much a minute, by the line of least squares through the samples. */
export function perMinute<T extends { at: number }>(samples: T[], of: (sample: T) => number): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [at, value] = [mean(samples.map((sample) => sample.at)), mean(samples.map(of))]
  const rise = samples.reduce((sum, sample) => sum + (sample.at - at) * (of(sample) - value), 0)
  const run = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0)
  return (rise / run) * 60
}
