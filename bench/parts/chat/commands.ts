import { ok } from 'node:assert/strict'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { checkPoints } from '../check-points.ts'
import { steadyBatch } from '../workload.ts'
import { percentile } from '../../harness/measure.ts'
import { type, type World } from './world.ts'

const CLIENTS = 8
/** More than are ever written in one round. */
const PREPARED = 1_500
const COMMANDS = 100
const EVERY_MS = 30

/** Commands at a steady pace, whatever came of the one before. @returns the p99 of acknowledgements, the p95 of answers */
export async function typeCommands(world: World, project: string): Promise<Record<'ack' | 'answer', number>> {
  const begun = performance.now()
  const typed = await Promise.all(
    Array.from({ length: COMMANDS }, async (_, index) => {
      const channel = world.slack.state.addChannel(`asks-${index}`)
      await sleep(Math.max(0, begun + index * EVERY_MS - performance.now()))
      return await type(world, channel, `best accuracy in ${project}`)
    }),
  )
  return {
    ack: percentile(
      typed.map(({ acked }) => acked),
      0.99,
    ),
    answer: percentile(
      typed.map(({ answered }) => answered),
      0.95,
    ),
  }
}

/** The same while eight clients post points as fast as they can, which are read back. @returns also batches a second */
export async function typeUnderLoad(world: World, database: string, project: string) {
  const runs = await startRuns(world)
  const load = new Worker(path.join(import.meta.dirname, 'ingest-load.ts'), {
    workerData: { url: world.url, runs, prepared: PREPARED },
  })
  await once(load, 'message')
  const begun = performance.now()
  const { ack, answer } = await typeCommands(world, project)
  load.postMessage('stop')
  const [counts] = (await once(load, 'message')) as [number[]]
  const seconds = (performance.now() - begun) / 1_000
  ok(
    counts.every((count) => count < PREPARED),
    'the load ended before the commands did',
  )
  await checkPoints(
    database,
    runs,
    counts.map((count, at) =>
      Array.from({ length: count }, (_, number) => steadyBatch(number, at * PREPARED + number)),
    ),
  )
  const rate = counts.reduce((sum, count) => sum + count, 0) / seconds
  return { ack, answer, rate }
}

async function startRuns({ client }: World): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const answer = await client.call({ method: 'POST', path: '/api/v1/runs', body: '{"project":"load"}' })
      return (JSON.parse(answer) as { run: { id: string } }).run.id
    }),
  )
}
