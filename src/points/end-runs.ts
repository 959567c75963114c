import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { runStatement } from '../db/statements.ts'
import type { Database, RunKey, RunStatus } from '../db/tables.ts'
import { requestCompaction } from './compact-soon.ts'

const MARK_ENDED = `/* end-runs, later */ update metric_summaries summary set ended = $3
  from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)
  where summary.project_id = wanted.project_id and summary.run_id = wanted.run_id and summary.ended <> $3`

const RANK = `/* rank-runs, later */ update metric_summaries summary
  set ranked = run.invalidated_at is null, ended = true
  from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)
  join runs run on run.project_id = wanted.project_id and run.id = wanted.run_id
  where summary.project_id = wanted.project_id and summary.run_id = wanted.run_id
    and (not summary.ended or summary.ranked <> (run.invalidated_at is null))`

/**
 * Moves the summaries of (locked) runs whose status has changed: out of the partition of running runs at an end, back
 * into it when a run goes on. Finished runs rank on boards from now on, unless they are invalid.
 * Points of an ended run are complete, so its pages and small chunks are merged soon.
 * @param runs with their status after the change
 */
export async function endRuns(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  runs: { key: RunKey; status: RunStatus }[],
): Promise<void> {
  const keysOf = (chosen: (status: RunStatus) => boolean) =>
    runs.filter(({ status }) => chosen(status)).map(({ key }) => key)
  const ended = keysOf((status) => status !== 'running')
  await markEnded(
    trx,
    keysOf((status) => status !== 'running' && status !== 'finished'),
    true,
  )
  await markEnded(
    trx,
    keysOf((status) => status === 'running'),
    false,
  )
  await rank(
    trx,
    keysOf((status) => status === 'finished'),
  )
  await requestCompaction(trx, ctx, ended)
}

async function markEnded(trx: Transaction<Database>, keys: RunKey[], ended: boolean): Promise<void> {
  if (keys.length === 0) return
  await runStatement(trx, MARK_ENDED, [...columnsOf(keys), ended])
}

async function rank(trx: Transaction<Database>, keys: RunKey[]): Promise<void> {
  if (keys.length === 0) return
  await runStatement(trx, RANK, columnsOf(keys))
}

function columnsOf(keys: RunKey[]): [number[], string[]] {
  return [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId)]
}
