import type { Ctx } from '../../context.ts'
import type { Platform } from '../../db/tables.ts'
import { notFound } from '../../errors.ts'
import { didYouMean, nearest } from '../text/suggest.ts'

export interface Project {
  id: number
  name: string
}

/** What a question may see and where it was asked, as far as it decides the project. */
export interface ProjectScope {
  /** The only project of a restricted token. */
  projectId?: number
  /** The channel's default. */
  channel?: { platform: Platform; workspace: string; channel: string }
}

const NAMES_LIMIT = 2_000

/** The project of this name. @throws AppError not_found with near names */
export async function findProject(
  ctx: Pick<Ctx, 'db'>,
  name: string,
  scope: ProjectScope = {},
): Promise<Project> {
  const found = await ctx.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where('name', '=', name)
    .executeTakeFirst()
  if (found !== undefined && (scope.projectId === undefined || scope.projectId === found.id)) return found
  const suggestions = nearest(name, await projectNames(ctx, scope))
  throw notFound(`No project is called ${name}.${didYouMean(suggestions)}`, {
    field: 'project',
    token: name,
    value: name,
    suggestions,
  })
}

export async function projectIdByName(ctx: Pick<Ctx, 'db'>, name: string): Promise<number | undefined> {
  const row = await ctx.db.selectFrom('projects').select('id').where('name', '=', name).executeTakeFirst()
  return row?.id
}

export async function projectNames(ctx: Pick<Ctx, 'db'>, scope: ProjectScope = {}): Promise<string[]> {
  let query = ctx.db.selectFrom('projects').select('name').orderBy('name').limit(NAMES_LIMIT)
  if (scope.projectId !== undefined) query = query.where('id', '=', scope.projectId)
  return (await query.execute()).map(({ name }) => name)
}

/** The project when none was said: the token's only one, the channel's default, or the only one there is. */
export async function defaultProject(
  ctx: Pick<Ctx, 'db'>,
  scope: ProjectScope,
): Promise<Project | undefined> {
  if (scope.projectId !== undefined) {
    return await ctx.db
      .selectFrom('projects')
      .select(['id', 'name'])
      .where('id', '=', scope.projectId)
      .executeTakeFirst()
  }
  const { channel } = scope
  if (channel !== undefined) {
    const chosen = await ctx.db
      .selectFrom('channels')
      .innerJoin('projects', 'projects.name', 'channels.default_project')
      .select(['projects.id', 'projects.name'])
      .where('platform', '=', channel.platform)
      .where('workspace', '=', channel.workspace)
      .where('channel', '=', channel.channel)
      .executeTakeFirst()
    if (chosen !== undefined) return chosen
  }
  const all = await ctx.db.selectFrom('projects').select(['id', 'name']).limit(2).execute()
  return all.length === 1 ? all[0] : undefined
}

/** The projects that have a metric of this name, of those that may be seen. */
export async function projectsWithMetric(
  ctx: Pick<Ctx, 'db'>,
  metric: string,
  scope: ProjectScope,
): Promise<Project[]> {
  let query = ctx.db
    .selectFrom('metrics')
    .innerJoin('projects', 'projects.id', 'metrics.project_id')
    .select(['projects.id', 'projects.name'])
    .where('metrics.name', '=', metric)
    .orderBy('projects.name')
    .limit(50)
  if (scope.projectId !== undefined) query = query.where('projects.id', '=', scope.projectId)
  return await query.execute()
}
