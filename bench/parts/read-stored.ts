import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { type PointColumns, unpackPoints } from '../../src/points/packed-points.ts'
import { seriesOfPage } from '../../src/points/pages.ts'
import type { Step } from '../../src/db/step.ts'

/** What a run's raw rows of the bench, which have no metric, are called. */
const UNNAMED = 'loss'
const LOOK_EVERY_MS = 20

/**
 * The points of a run by metric, as its chunks, its pages and its summaries hold them, in the order of their arrival.
 * Waits until nothing of it is left in the log.
 */
export async function readStored(client: pg.Client, run: string): Promise<Map<string, PointColumns[]>> {
  for (;;) {
    const { rows } = await client.query('select from point_log where run_id = $1 limit 1', [run])
    if (rows.length === 0) break
    await sleep(LOOK_EVERY_MS)
  }
  const names = await namesOf(client)
  const stored: { id: number; metricId: number; points: PointColumns }[] = []
  for (const { id, metric_id, packed } of await rowsOf(client, 'metric_chunks', 'metric_id, packed', run))
    stored.push({ id: Number(id), metricId: Number(metric_id), points: unpackPoints(packed as Buffer) })
  for (const { id, body } of await rowsOf(client, 'point_pages', 'body', run)) {
    for (const { metricId, steps, times, values } of seriesOfPage({
      body: (body as Buffer).toString('base64'),
    }))
      stored.push({ id: Number(id), metricId, points: { steps: steps as Step[], times, values } })
  }
  const { rows: only } = await client.query<{ metric_id: number; step: string; time: string; value: number }>(
    `select metric_id, last_step as step, last_time as time, last_value as value from metric_summaries
     where run_id = $1 and points = 1`,
    [run],
  )
  for (const { metric_id: metricId, step, time, value } of only) {
    const points = { steps: [Number(step)], times: [Number(time)], values: Float64Array.of(value) }
    stored.push({ id: 0, metricId, points })
  }
  const byMetric = Map.groupBy(
    stored.toSorted((a, b) => a.id - b.id),
    ({ metricId }) => names.get(metricId) ?? UNNAMED,
  )
  return new Map([...byMetric].map(([name, own]) => [name, own.map(({ points }) => points)]))
}

async function rowsOf(client: pg.Client, table: string, columns: string, run: string) {
  const text = `select id, ${columns} from ${table} where run_id = $1`
  return (await client.query<Record<string, unknown>>(text, [run])).rows
}

async function namesOf(client: pg.Client): Promise<Map<number, string>> {
  const { rows } = await client.query<{ id: number; name: string }>('select id, name from metrics')
  return new Map(rows.map(({ id, name }) => [id, name]))
}
