import type { Ctx } from '../../context.ts'
import { findNamedRuns } from '../../domain/runs/read/find-named-runs.ts'
import { refsOf } from '../../domain/runs/refs-of.ts'
import type { RunKey } from '../../db/tables.ts'
import { invalid } from '../../errors.ts'
import { cut } from '../../messages/build.ts'
import type { Asker, Command } from './command.ts'
import { scopeOf } from './parts.ts'

export interface NamedRuns {
  keys: RunKey[]
  ids: string[]
  /** 'churn#12', in the order in which they were named. */
  refs: string[]
}

/** The runs that a command is about. @throws AppError that names the field, with the usage where none is named */
export async function namedRuns(
  ctx: Ctx,
  asker: Asker,
  names: string[],
  { usage }: Pick<Command, 'usage'>,
): Promise<NamedRuns> {
  if (names.length === 0) {
    throw invalid('run', `Which run? /exp ${usage}`, {
      allowed: 'churn#142, churn#12..20 or an id',
      suggestions: [],
    })
  }
  const keys = await findNamedRuns(ctx, names, scopeOf(asker))
  const refs = await refsOf(ctx.db, keys)
  return {
    keys,
    ids: keys.map(({ runId }) => runId),
    refs: keys.map(({ runId }) => refs.get(runId) ?? runId),
  }
}

const NAMED = 5

/** 'churn#12, churn#13 and 4 more' */
export function runNames(refs: string[]): string {
  const named = refs.slice(0, NAMED).map((ref) => cut(ref, 60))
  const more = refs.length - named.length
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
}
