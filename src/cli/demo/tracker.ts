import { randomUUID } from 'node:crypto'

/** The few requests that a training script needs; this is the whole client. */
export interface Tracker {
  /** Starts a run. */
  start(run: Record<string, unknown>): Promise<TrackedRun>
}

export interface TrackedRun {
  ref: string
  log(step: number, metrics: Record<string, number>): Promise<void>
  /** @returns the records that the run set */
  finish(): Promise<{ metric: string; value: number; previous: { run: string; value: number } | null }[]>
}

export function connect(url: string, token: string): Tracker {
  const send = async (method: string, at: string, body: unknown) => {
    const answer = await fetch(`${url}/api/v1${at}`, {
      method,
      // A key makes a repeat safe, should the connection break half-way.
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, never>
  }
  return {
    start: async (body) => {
      const { run } = (await send('POST', '/runs', body)) as unknown as { run: { id: string; ref: string } }
      return {
        ref: run.ref,
        log: async (step, metrics) => {
          const points = Object.entries(metrics).map(([name, value]) => ({ name, value, step }))
          await send('POST', `/runs/${run.id}/metrics`, { points })
        },
        finish: async () => {
          const { records } = (await send('PATCH', `/runs/${run.id}`, { status: 'finished' })) as unknown as {
            records: Awaited<ReturnType<TrackedRun['finish']>>
          }
          return records
        },
      }
    },
  }
}
