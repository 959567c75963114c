import type { Ctx } from '../context.ts'
import { createFolder } from '../domain/runs/status/fold-due.ts'
import { messageOf } from '../errors.ts'

/** How often the log is looked at. Each look folds what came since the last one, in one go for each run. */
const FOLD_EVERY_MS = 250

export interface FoldLoop {
  stop(): Promise<void>
}

/** Folds the point log again and again: a plain loop over PostgreSQL, which needs no queue. */
export function startFoldLoop(ctx: Ctx, everyMs = FOLD_EVERY_MS): FoldLoop {
  const stopping = new AbortController()
  const folder = createFolder(ctx, stopping.signal)
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  const fold = async () => {
    try {
      await folder.foldDue()
    } catch (error) {
      if (!stopping.signal.aborted)
        ctx.log.warn({ error: messageOf(error) }, 'points wait in the log: they could not be folded')
    }
    if (!stopping.signal.aborted) timer = setTimeout(start, everyMs)
  }
  const start = () => {
    running = fold()
  }
  start()
  return {
    stop: async () => {
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}
