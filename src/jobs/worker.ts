import { compactRuns, hasCompactions } from '../domain/metrics/compact-runs.ts'
import type { JobHandlers } from './catalog.ts'
import type { Courier } from './deliver/courier.ts'
import { drainChannel } from './deliver/drain-channel.ts'
import { handleEvent } from './handlers/handle-event.ts'
import { sweep, tick } from './handlers/tick.ts'
import type { JobQueue } from './queues.ts'

export interface WorkerOptions extends Courier {
  queue: JobQueue
}

const SWEEP_MS = 3_600_000
/** Pieces in one job, a few milliseconds each: others get their turn in between. */
const COMPACTED_PIECES = 100

/** What each job does. A job may come twice or never: all of them find their work in Postgres. */
export function createHandlers(options: WorkerOptions): JobHandlers {
  const { ctx, queue } = options
  const drainSoon = async (channels: number[]) => {
    for (const channelId of new Set(channels)) await queue.add('drain', { channelId })
  }
  let sweptAt = 0
  return {
    event: async ({ outboxId }) => await drainSoon(await handleEvent(ctx, outboxId)),
    drain: async ({ channelId }) => {
      const wakeAt = await drainChannel(options, channelId)
      if (wakeAt === null) return
      const delayMs = Math.max(50, wakeAt.getTime() - ctx.clock.now().getTime())
      await queue.add('drain', { channelId }, { delayMs })
    },
    compact: onceAtATime(async () => {
      const bounds = { pieces: COMPACTED_PIECES, stopping: options.stopping }
      if (await compactRuns(ctx, bounds)) await queue.add('compact', {})
    }),
    tick: async () => {
      await drainSoon(await tick(ctx))
      if (await hasCompactions(ctx)) await queue.add('compact', {})
      const now = ctx.clock.now().getTime()
      if (now - sweptAt < SWEEP_MS) return
      sweptAt = now
      await sweep(ctx)
    },
  }
}

/**
 * Jobs that ask for themselves again are also asked for by each tick: however many there are, one per process works,
 * and the others find that somebody is at it.
 */
function onceAtATime(work: () => Promise<void>): () => Promise<void> {
  let running = false
  return async () => {
    if (running) return
    running = true
    await work().finally(() => {
      running = false
    })
  }
}
