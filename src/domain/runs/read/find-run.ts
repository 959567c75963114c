import type { Ctx } from '../../../context.ts'
import { AppError, notFound } from '../../../errors.ts'
import {
  defaultProject,
  findProject,
  type Project,
  type ProjectScope,
} from '../../projects/resolve-project.ts'
import { parseRunRef } from '../../query/run-ref.ts'
import { didYouMean } from '../../text/suggest.ts'
import type { RunKey } from '../../../db/tables.ts'
import { refOf } from '../../values/ref.ts'

/**
 * The run that a person or script named: `churn#142`, `#142` where the project is known, an id or a unique prefix.
 * @param visible the only project that may be seen; undefined: all
 * @throws AppError not_found with runs that may have been meant, or conflict when a prefix fits several
 */
export async function findRun(
  ctx: Pick<Ctx, 'db'>,
  text: string,
  visible?: number,
  scope: ProjectScope = {},
): Promise<RunKey> {
  const within = visible === undefined ? scope : { ...scope, projectId: visible }
  const ref = parseRunRef(text)
  if (ref === undefined || ref.kind === 'range') {
    throw notFound(`${text} names no run: churn#142, #142 or 6 or more characters of an id do.`, {
      field: 'run',
      token: text,
      value: text,
      suggestions: [],
    })
  }
  if (ref.kind === 'id') return await byPrefix(ctx, ref.prefix, within)
  const project =
    ref.project === undefined
      ? await onlyProject(ctx, text, within)
      : await findProject(ctx, ref.project, within)
  return await byNumber(ctx, project, ref.number)
}

async function onlyProject(ctx: Pick<Ctx, 'db'>, text: string, scope: ProjectScope): Promise<Project> {
  const project = await defaultProject(ctx, scope)
  if (project !== undefined) return project
  throw notFound(`Which project is ${text} of? Write it before the #.`, {
    field: 'run',
    token: text,
    value: text,
    suggestions: [],
    hint: { command: 'use <project>', to: 'choose one for this channel' },
  })
}

async function byNumber(ctx: Pick<Ctx, 'db'>, project: Project, number: number): Promise<RunKey> {
  const run = await ctx.db
    .selectFrom('runs')
    .select('id')
    .where('project_id', '=', project.id)
    .where('number', '=', number)
    .executeTakeFirst()
  if (run !== undefined) return { projectId: project.id, runId: run.id }
  const last = await ctx.db
    .selectFrom('runs')
    .select('number')
    .where('project_id', '=', project.id)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const suggestions = last === undefined ? [] : [refOf(project.name, last.number)]
  const hint = last === undefined ? ' It has no runs yet.' : ` Its newest is ${suggestions[0]}.`
  throw notFound(`${project.name} has no run #${number}.${hint}`, {
    field: 'run',
    token: refOf(project.name, number),
    value: refOf(project.name, number),
    suggestions,
  })
}

async function byPrefix(ctx: Pick<Ctx, 'db'>, prefix: string, scope: ProjectScope): Promise<RunKey> {
  let query = ctx.db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(['runs.project_id', 'runs.id', 'runs.number', 'projects.name'])
    .where('runs.id', '>=', prefix.padEnd(32, '0'))
    .where('runs.id', '<=', prefix.padEnd(32, 'f'))
    .orderBy('runs.id', 'desc')
    .limit(4)
  if (scope.projectId !== undefined) query = query.where('runs.project_id', '=', scope.projectId)
  const [run, ...others] = await query.execute()
  if (run === undefined) {
    throw notFound(`No run's id begins with ${prefix}.`, {
      field: 'run',
      token: prefix,
      value: prefix,
      suggestions: [],
    })
  }
  if (others.length === 0) return { projectId: run.project_id, runId: run.id }
  const suggestions = [run, ...others].map(({ name, number }) => refOf(name, number))
  throw new AppError('conflict', `Several runs' ids begin with ${prefix}.${didYouMean(suggestions)}`, {
    field: 'run',
    token: prefix,
    value: prefix,
    suggestions,
  })
}
