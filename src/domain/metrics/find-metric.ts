import type { Ctx } from '../../context.ts'
import type { MetricRow } from '../../db/tables.ts'
import { AppError, notFound } from '../../errors.ts'
import type { Project } from '../projects/resolve-project.ts'
import { didYouMean, nearest } from '../text/suggest.ts'

const NAMES_LIMIT = 5_000

/** A project's metric. @throws AppError not_found with near names */
export async function findMetric(ctx: Pick<Ctx, 'db'>, project: Project, name: string): Promise<MetricRow> {
  const metric = await ctx.db
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', project.id)
    .where('name', '=', name)
    .executeTakeFirst()
  if (metric !== undefined) return metric
  throw unknownMetric(name, await metricNames(ctx, project.id), `in ${project.name}`)
}

/** All metrics of a project, by name. */
export async function listMetrics(ctx: Pick<Ctx, 'db'>, projectId: number): Promise<MetricRow[]> {
  return await ctx.db
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('name')
    .execute()
}

export async function metricNames(ctx: Pick<Ctx, 'db'>, projectId: number | undefined): Promise<string[]> {
  let query = ctx.db.selectFrom('metrics').select('name').distinct().orderBy('name').limit(NAMES_LIMIT)
  if (projectId !== undefined) query = query.where('project_id', '=', projectId)
  return (await query.execute()).map(({ name }) => name)
}

export function unknownMetric(name: string, known: string[], where: string): AppError {
  const suggestions = nearest(name, known)
  const message = `No metric is called ${name} ${where}.${didYouMean(suggestions)}`
  return notFound(message, { field: 'metric', token: name, value: name, suggestions })
}

/** The metric's direction, which ranking needs. @throws AppError conflict with the two choices when none is set */
export function requireDirection(project: Project, metric: MetricRow): 'max' | 'min' {
  if (metric.direction !== null) return metric.direction
  throw new AppError('conflict', `Is a higher or a lower ${metric.name} better in ${project.name}?`, {
    field: 'metric',
    value: metric.name,
    choices: ['max', 'min'],
    project: project.name,
    metric: metric.name,
  })
}
