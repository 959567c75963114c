import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { runStatement } from '../db/statements.ts'
import type { Database, RunKey } from '../db/tables.ts'

const REQUEST = `/* insert-compactions, later */ insert into compactions (project_id, run_id, due_at)
  select distinct project_id, run_id, $3::timestamptz from unnest($1::int[], $2::uuid[]) as ended(project_id, run_id)
  where exists (select from point_pages page where page.project_id = ended.project_id and page.run_id = ended.run_id)
    or exists (select from metric_chunks chunk where chunk.project_id = ended.project_id and chunk.run_id = ended.run_id)
  on conflict (project_id, run_id) do update set requests = compactions.requests + 1`

/** Requests that the pages of ended runs become chunks, and that their small chunks are merged. */
export async function requestCompaction(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  keys: RunKey[],
): Promise<void> {
  if (keys.length === 0) return
  await runStatement(trx, REQUEST, [
    keys.map(({ projectId }) => projectId),
    keys.map(({ runId }) => runId),
    ctx.clock.now(),
  ])
}
