import type { Ctx } from '../../context.ts'
import type { Actor } from '../actor.ts'
import type { RunInput } from '../runs/types.ts'
import { prepareStart, type Start, type StartedRun, startRuns } from '../runs/write/start-runs.ts'
import { type Change, type Changed, prepareChange, updateRuns } from '../runs/write/update-runs.ts'
import { createLogWriter, type Logged, type PointsInput } from './log-points.ts'
import { createSharedWriter, type Writer } from './shared-writer.ts'

interface StartInput {
  actor: Actor
  input: RunInput
}

/**
 * The way in of every protocol and importer. The writers know no request and no reply; one set serves a process, so
 * that requests in flight share their commits.
 */
export interface Writers {
  /** Starts a run, or stores one that has ended, with times in the past if it says so. */
  start: Writer<StartInput, StartedRun>
  /** Changes a run; a status ends or reopens it. */
  change: Writer<Change, Changed>
  /** Appends points of a running run to the log, with their times. */
  log: Writer<PointsInput, Logged>
}

export function createWriters(ctx: Ctx, { pointLogMaxBytes }: { pointLogMaxBytes?: number } = {}): Writers {
  return {
    start: createSharedWriter<StartInput, Start, StartedRun>(ctx, {
      prepare: ({ actor, input }) => prepareStart(ctx, actor, input),
      write: (trx, starts) => startRuns(trx, ctx, starts),
      keys: ({ input, prints }) =>
        prints.fingerprint === null ? [] : [`${prints.fingerprint} ${input.project}`],
    }),
    change: createSharedWriter<Change, Change, Changed>(ctx, {
      prepare: ({ actor, key, patch }) => prepareChange(ctx, actor, key, patch),
      write: (trx, changes) => updateRuns(trx, ctx, changes),
      keys: ({ key }) => [key.runId],
    }),
    log: createLogWriter(ctx, pointLogMaxBytes),
  }
}
