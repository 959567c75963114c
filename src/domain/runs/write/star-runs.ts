import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, RunKey } from '../../../db/tables.ts'
import type { Actor } from '../../actor.ts'
import { auditAll } from '../../audit.ts'
import { refsOf } from '../refs-of.ts'

/** Gives stars to runs or takes them off. @returns the ids of the runs that changed */
export async function starRuns(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  keys: RunKey[],
  starred: boolean,
): Promise<string[]> {
  const { rows } = await sql<{ id: string; project_id: number }>`
    update runs set starred = ${starred}
    from (select run.project_id, run.id
      from unnest(${keys.map(({ projectId }) => projectId)}::int[], ${keys.map(({ runId }) => runId)}::uuid[])
        as wanted(project_id, id)
      join runs run on run.project_id = wanted.project_id and run.id = wanted.id
      where run.starred <> ${starred} order by run.project_id, run.id for no key update of run) changed
    where runs.project_id = changed.project_id and runs.id = changed.id
    returning runs.id, runs.project_id`.execute(trx)
  const changed = rows.map(({ id, project_id }) => ({ projectId: project_id, runId: id }))
  const refs = await refsOf(trx, changed)
  await auditAll(
    trx,
    ctx,
    changed.map(({ projectId, runId }) => ({
      actor,
      action: starred ? 'run.star' : 'run.unstar',
      subject: refs.get(runId) ?? runId,
      projectId,
    })),
  )
  return changed.map(({ runId }) => runId)
}
