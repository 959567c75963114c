import { parentPort, workerData } from 'node:worker_threads'
import { createClient } from '../../harness/load.ts'
import { steadyBatch } from '../workload.ts'

/*
 * Posts batches of 1,000 points as fast as they are answered, a run per client, until it is told to stop; in a thread
 * of its own, so that it does not delay what is timed beside it. Says how many batches each run got.
 */
const { url, runs, prepared } = workerData as { url: string; runs: string[]; prepared: number }
const client = createClient(url, runs.length)
const batches = runs.map((_run, at) =>
  Array.from({ length: prepared }, (_, number) => steadyBatch(number, at * prepared + number)),
)
let stopped = false
parentPort?.once('message', () => {
  stopped = true
})
parentPort?.postMessage('ready')
const counts = await Promise.all(
  runs.map(async (run, at) => {
    let count = 0
    for (const { body } of batches[at] ?? []) {
      if (stopped) break
      await client.call({ method: 'POST', path: `/api/v1/runs/${run}/metrics`, body })
      count += 1
    }
    return count
  }),
)
await client.close()
parentPort?.postMessage(counts)
