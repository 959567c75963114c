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

/** Pieces in one job, a few milliseconds each: others get their turn in between. */
const PIECES = 100

/** What each job does. A job may come twice or never: all of them find their work in Postgres. */
export function createHandlers(options: WorkerOptions): JobHandlers {
  const { ctx, queue } = options
  const drainSoon = async (channels: number[]) => {
    for (const channelId of new Set(channels)) await queue.add('drain', { channelId })
  }
  const bounds = { pieces: PIECES, stopping: options.stopping }
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
