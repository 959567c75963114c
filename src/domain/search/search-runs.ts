import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { readRuns } from '../runs/read/read-run.ts'
import type { RunKey } from '../../db/tables.ts'
import type { RunView } from '../runs/types.ts'

/** A param is looked for among so many newest runs of a project, in so many projects when none is named. */
const RUNS_LIMIT = 100
const PROJECTS_LIMIT = 50

/**
 * Runs that were tried with something by that name: in their own name, in a tag, or as a param of the newest ones.
 * The newest first, in any status.
 */
export async function searchRuns(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  { query, projectId, limit }: { query: RawBuilder<unknown>; projectId: number | undefined; limit: number },
): Promise<RunView[]> {
  const within = projectId === undefined ? sql`true` : sql`project_id = ${projectId}`
  // index: runs_by_words, run_tags_by_words, param_names_by_words
  // planner-hint: words-before-order
  // Names and tags are collected from the words' indexes and only then put in order, which `offset 0` sees to: a walk
  // over the newest runs would read them all where few or none fit.
  const { rows } = await sql<RunKey>`
    with named as (
      select project_id, id from runs
      where to_tsvector('english', translate(name, '/.', '  ')) @@ ${query} and name is not null and ${within}
      offset 0
    ), tagged as (
      select project_id, run_id as id from run_tags
      where to_tsvector('english', translate(key || ' ' || left(value, 1000), '/.', '  ')) @@ ${query}
        and key not like 'mlflow.%' and ${within}
      offset 0
    ), params as materialized (
      select project_id, name from param_names
      where to_tsvector('english', translate(name, '/.', '  ')) @@ ${query} and ${within}
    ), newest as materialized (
      select own.project_id, run.id
      from (select distinct project_id from params order by project_id desc limit ${PROJECTS_LIMIT}) own
      cross join lateral (select id from runs where project_id = own.project_id
        order by id desc limit ${RUNS_LIMIT}) run
    ), tried as (
      select newest.project_id, newest.id from newest
      where exists (select from params join run_params param
        on param.project_id = newest.project_id and param.run_id = newest.id and param.name = params.name
        where params.project_id = newest.project_id)
      order by newest.id desc limit ${limit}
    )
    select project_id as "projectId", id as "runId" from (
      (select * from named order by id desc limit ${limit})
      union (select * from tagged order by id desc limit ${limit}) union select * from tried
    ) found order by id desc limit ${limit}`.execute(ctx.db)
  return await readRuns(ctx, rows)
}
