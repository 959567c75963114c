import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, RunRow } from '../../../db/tables.ts'
import { runUrl } from '../../runs/run-url.ts'
import { refOf } from '../../values/ref.ts'

/** The facts of a run that an alert shows. */
export interface RunBrief {
  row: RunRow
  project: string
  ref: string
  url: string
}

export async function readBrief(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  key: { projectId: number; runId: string },
): Promise<RunBrief | undefined> {
  const row = await trx
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .selectAll('runs')
    .select('projects.name as project')
    .where('runs.project_id', '=', key.projectId)
    .where('runs.id', '=', key.runId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { project, ...run } = row
  return { row: run, project, ref: refOf(project, run.number), url: runUrl(ctx, project, run.number) }
}
