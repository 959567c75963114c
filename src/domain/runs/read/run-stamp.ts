import type { Ctx } from '../../../context.ts'
import type { RunKey } from '../../../db/tables.ts'

/** Changes with the run's status and its points: to tell an open page that it is old. */
export async function runStamp(ctx: Pick<Ctx, 'db'>, { projectId, runId }: RunKey): Promise<string> {
  const row = await ctx.db
    .selectFrom('metric_summaries')
    .select((eb) => eb.fn.sum<string>('points').as('points'))
    .where('project_id', '=', projectId)
    .where('run_id', '=', runId)
    .executeTakeFirst()
  const run = await ctx.db
    .selectFrom('runs')
    .select('status')
    .where('project_id', '=', projectId)
    .where('id', '=', runId)
    .executeTakeFirst()
  return `${run?.status} ${row?.points}`
}
