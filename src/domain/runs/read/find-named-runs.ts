import type { Ctx } from '../../../context.ts'
import { invalid, notFound } from '../../../errors.ts'
import {
  findProject,
  defaultProject,
  type Project,
  type ProjectScope,
} from '../../projects/resolve-project.ts'
import { parseRunRef } from '../../query/run-ref.ts'
import { findRun } from './find-run.ts'
import type { RunKey } from '../../../db/tables.ts'

const MAX_RUNS = 100

/**
 * The runs that somebody named one after the other: `churn#12`, a range `churn#12..20`, ids. A number alone is of the
 * project named before it. Of a range those count that are there.
 * @returns each run once, in the order of their names
 * @throws AppError not_found for a run or a range that has none, invalid for more than 100
 */
export async function findNamedRuns(
  ctx: Pick<Ctx, 'db'>,
  names: string[],
  scope: ProjectScope = {},
): Promise<RunKey[]> {
  const found = new Map<string, RunKey>()
  for (const name of completeRefs(names)) {
    for (const key of await findOneOrMany(ctx, name, scope)) found.set(key.runId, key)
  }
  if (found.size > MAX_RUNS) {
    throw invalid('run', `${MAX_RUNS} runs at most in one go; these are ${found.size}.`, {
      value: found.size,
    })
  }
  return [...found.values()]
}

/** The project of runs, of which there is one at least. @throws AppError invalid when they are of several projects */
export function oneProject(keys: RunKey[], field = 'run'): number {
  const [first] = keys
  if (first === undefined || keys.some(({ projectId }) => projectId !== first.projectId)) {
    throw invalid(field, 'These runs are of different projects: say it for each project.', {
      allowed: 'runs of one project',
    })
  }
  return first.projectId
}

/** `churn#1 #2`: a number alone is of the project that was named before it. */
function completeRefs(names: string[]): string[] {
  let project = ''
  return names.map((name) => {
    const hash = name.lastIndexOf('#')
    if (hash > 0 && !name.slice(0, hash).includes('..')) project = name.slice(0, hash)
    return hash === 0 ? `${project}${name}` : name
  })
}

async function findOneOrMany(ctx: Pick<Ctx, 'db'>, name: string, scope: ProjectScope): Promise<RunKey[]> {
  const ref = parseRunRef(name)
  if (ref?.kind !== 'range') return [await findRun(ctx, name, undefined, scope)]
  const project = await projectOf(ctx, name, ref.project, scope)
  const rows = await ctx.db
    .selectFrom('runs')
    .select('id')
    .where('project_id', '=', project.id)
    .where('number', '>=', ref.from)
    .where('number', '<=', ref.to)
    .orderBy('number')
    .limit(MAX_RUNS + 1)
    .execute()
  if (rows.length === 0) {
    throw notFound(`${project.name} has no runs from #${ref.from} to #${ref.to}.`, {
      field: 'run',
      token: name,
      value: name,
      suggestions: [],
    })
  }
  return rows.map(({ id }) => ({ projectId: project.id, runId: id }))
}

async function projectOf(
  ctx: Pick<Ctx, 'db'>,
  name: string,
  said: string | undefined,
  scope: ProjectScope,
): Promise<Project> {
  if (said !== undefined) return await findProject(ctx, said, scope)
  const project = await defaultProject(ctx, scope)
  if (project !== undefined) return project
  throw notFound(`Which project is ${name} of? Write it before the #.`, {
    field: 'run',
    token: name,
    value: name,
    suggestions: [],
  })
}
