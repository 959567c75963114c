import type { FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { findRun } from '../../domain/runs/read/find-run.ts'
import type { RunKey } from '../../db/tables.ts'
import { principalOf } from '../auth.ts'

const KEPT = 10_000
const WHOLE_ID = /^[0-9a-f]{32}$/

export interface KeyFinder {
  /** The run that a request's address names. @throws AppError not_found */
  find(request: FastifyRequest): Promise<RunKey>
  /** A run that was just made, so that nothing has to be looked up for its next request. */
  remember(key: RunKey): void
}

/**
 * Training scripts name the same run by its id over and over: where it belongs never changes, so that is remembered.
 * Whether it still exists is for the writing verb to see.
 */
export function createKeyFinder(ctx: Ctx): KeyFinder {
  const known = new Map<string, RunKey>()
  const remember = (key: RunKey) => {
    if (known.size >= KEPT) known.delete(known.keys().next().value as string)
    known.set(key.runId, key)
  }
  return {
    remember,
    find: async (request) => {
      const { run } = request.params as { run: string }
      const { projectId } = principalOf(request)
      const kept = known.get(run)
      if (kept !== undefined && (projectId === undefined || projectId === kept.projectId)) return kept
      const key = await findRun(ctx, run, projectId)
      if (WHOLE_ID.test(run)) remember(key)
      return key
    },
  }
}
