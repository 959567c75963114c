import type { Kysely, Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { runStatement } from '../db/statements.ts'
import type { Database, RunKey } from '../db/tables.ts'

/** A running run is compacted whenever one of its metrics has got this many small chunks more. */
const COMPACT_EVERY_CHUNKS = 64

/** @param total all small chunks that a metric has ever got, the `added` ones included */
export function shouldCompact(total: number, added: number): boolean {
  return Math.floor(total / COMPACT_EVERY_CHUNKS) > Math.floor((total - added) / COMPACT_EVERY_CHUNKS)
}

const REQUEST = `/* insert-compactions, later */ insert into compactions (project_id, run_id, due_at)
  select distinct project_id, run_id, $3::timestamptz from unnest($1::int[], $2::uuid[]) as run(project_id, run_id)
  on conflict (project_id, run_id) do update set requests = compactions.requests + 1`

/** Requests that the small chunks of these runs are merged. */
export async function requestCompaction(
  db: Kysely<Database>,
  ctx: Pick<Ctx, 'clock'>,
  runs: { key: RunKey }[],
): Promise<void> {
  if (runs.length === 0) return
  await runStatement(db, REQUEST, [
    runs.map(({ key }) => key.projectId),
    runs.map(({ key }) => key.runId),
    ctx.clock.now(),
  ])
}

const AT_END = `/* insert-compactions-at-end, later */ insert into compactions (project_id, run_id, due_at)
  select distinct project_id, run_id, $3::timestamptz from metric_summaries
  where (project_id, run_id) in (select * from unnest($1::int[], $2::uuid[])) and (loose > 0 or tail is not null)
  on conflict (project_id, run_id) do update set requests = compactions.requests + 1`

/** The same at the end of runs that have small chunks or tails: after it they have none. */
export async function requestCompactionAtEnd(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  keys: RunKey[],
): Promise<void> {
  if (keys.length === 0) return
  await runStatement(trx, AT_END, [
    keys.map(({ projectId }) => projectId),
    keys.map(({ runId }) => runId),
    ctx.clock.now(),
  ])
}
