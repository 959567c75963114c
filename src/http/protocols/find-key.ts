import type { Ctx } from '../../context.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import type { RunKey } from '../../db/tables.ts'
import type { Principal } from '../../domain/access/principal.ts'

const MAX_REMEMBERED = 10_000
const WHOLE_ID = /^[0-9a-f]{32}$/

export interface KeyFinder {
  /** The run of this id or reference, among those that the principal may see. @throws AppError not_found */
  find(principal: Principal, run: string): Promise<RunKey>
  /** A run that was just started, so that its next request reads no row to find it. */
  remember(key: RunKey): void
}

/**
 * Training scripts name the same run by its id over and over: where it belongs never changes, so its key is remembered.
 * The writing verb sees whether the run still exists.
 */
export function createKeyFinder(ctx: Ctx): KeyFinder {
  const known = new Map<string, RunKey>()
  const remember = (key: RunKey) => {
    if (known.size >= MAX_REMEMBERED) known.delete(known.keys().next().value as string)
    known.set(key.runId, key)
  }
  return {
    remember,
    find: async ({ projectId }, run) => {
      const kept = known.get(run)
      if (kept !== undefined && (projectId === undefined || projectId === kept.projectId)) return kept
      const key = await findRun(ctx, run, projectId)
      if (WHOLE_ID.test(run)) remember(key)
      return key
    },
  }
}
