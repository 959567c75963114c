import { dueChores } from '../domain/chores.ts'
import * as points from '../points/index.ts'
import { prune } from '../domain/retention/prune.ts'
import type { JobHandlers } from './catalog.ts'
import type { Courier } from './deliver/courier.ts'
import { drainChannel } from './deliver/drain-channel.ts'
import { handleEvent } from './handlers/handle-event.ts'
import { tick } from './handlers/tick.ts'
import type { JobQueue } from './queues.ts'

export interface WorkerOptions extends Courier {
  queue: JobQueue
}

/** Transactions of one job, a few milliseconds each: other jobs run between two such jobs. */
const MAX_PIECES_PER_JOB = 100

/** The handler of each job. A job may come twice or never: every handler finds its work in PostgreSQL. */
export function createHandlers(options: WorkerOptions): JobHandlers {
  const { ctx, queue } = options
  const drainSoon = async (channels: number[]) => {
    for (const channelId of new Set(channels)) await queue.add('drain', { channelId })
  }
  const bounds = { pieces: MAX_PIECES_PER_JOB, stopping: options.stopping }
  return {
    event: async ({ outboxId }) => await drainSoon(await handleEvent(ctx, outboxId)),
    drain: async ({ channelId }) => {
      const wakeAt = await drainChannel(options, channelId)
      if (wakeAt === null) return
      const delayMs = Math.max(50, wakeAt.getTime() - ctx.clock.now().getTime())
      await queue.add('drain', { channelId }, { delayMs })
    },
    compact: onceAtATime(async () => {
      if (await points.compact(ctx, bounds)) await queue.add('compact', {})
    }),
    prune: async () => {
      if (await prune(ctx, bounds)) await queue.add('prune', {})
    },
    tick: async () => {
      await drainSoon(await tick(ctx))
      if (await points.hasCompactions(ctx)) await queue.add('compact', {})
      for (const chore of await dueChores(ctx)) await queue.add(chore, {})
    },
  }
}

/**
 * A job that adds itself again is also added by each tick. Of all that are queued one runs per process, and the others
 * return at once.
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
