import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { metricNames } from '../metrics/find-metric.ts'
import { didYouMean, nearest } from '../text/suggest.ts'
import {
  type ClauseSql,
  type Condition,
  type FieldClause,
  type MetricKey,
  metricClause,
  paramClause,
  plainClause,
  type Within,
} from './clause-sql.ts'
import type { PlainClause } from './parse.ts'

/** The clauses of a question, ready for both ways to answer it: walk runs in the order asked for, or collect all that fit. */
export interface Filter {
  /** On a row `run`. */
  condition: Condition
  /** False when `run` needs no more than project_id and id. */
  readsRun: boolean
  /** When given, only runs that started then or later fit. */
  since?: Date
  /** A query of the project_id and id of all runs that fit, from indexes as far as there are some. */
  fits: RawBuilder<unknown>
}

/**
 * Every value is a bound parameter. Bare fields are looked up first: a param, a metric, or an error that says what was
 * meant.
 * @param projectId narrows the runs and the look-up of names; undefined: all projects
 * @param ranked whether only runs that rank are asked for
 */
export async function compileClauses(
  ctx: Pick<Ctx, 'db'>,
  clauses: PlainClause[],
  projectId: number | undefined,
  { ranked = false }: { ranked?: boolean } = {},
): Promise<Filter> {
  const within = withinProject(projectId)
  const parts: ClauseSql[] = []
  for (const clause of clauses) {
    const part =
      clause.kind === 'field'
        ? await fieldClause(ctx, clause, projectId, within, ranked)
        : plainClause(clause, within)
    parts.push(clause.negated ? negated(part) : part)
  }
  const since = sinceOf(clauses)
  return {
    condition: all(parts),
    readsRun: parts.some(({ readsRun }) => readsRun),
    ...(since === undefined ? {} : { since }),
    fits: fitting(parts, within),
  }
}

/** All projects one by one, where none was said: every index begins with the project. */
export function withinProject(projectId: number | undefined): Within {
  return (id) =>
    // planner-hint: projects-one-by-one
    projectId === undefined ? sql`${id} = any(array(select id from projects))` : sql`${id} = ${projectId}`
}

function sinceOf(clauses: PlainClause[]): Date | undefined {
  const times = clauses.flatMap((clause) => (clause.kind === 'since' && !clause.negated ? [clause.at] : []))
  return times.toSorted((a, b) => b.getTime() - a.getTime())[0]
}

function negated({ condition, readsRun }: ClauseSql): ClauseSql {
  return { condition: sql`not coalesce(${condition}, false)`, readsRun }
}

function all(parts: ClauseSql[]): Condition {
  if (parts.length === 0) return sql`true`
  return sql`(${sql.join(
    parts.map(({ condition }) => condition),
    sql` and `,
  )})`
}

/** The rows of runs are left out where no clause reads them. */
function fitting(parts: ClauseSql[], within: Within): RawBuilder<unknown> {
  const first = parts.find(({ source }) => source !== undefined)
  if (first?.source === undefined || parts.some(({ readsRun }) => readsRun)) {
    return sql`select run.project_id, run.id from runs run where ${within(sql`run.project_id`)} and ${all(parts)}`
  }
  const others = parts.filter((part) => part !== first)
  return sql`select run.project_id, run.id from (${first.source}) run where ${all(others)}`
}

async function fieldClause(
  ctx: Pick<Ctx, 'db'>,
  clause: FieldClause,
  projectId: number | undefined,
  within: Within,
  ranked: boolean,
): Promise<ClauseSql> {
  const { param, metric } = await whatIs(ctx, clause, projectId, within)
  if (param && metric !== undefined) {
    throw new AppError(
      'invalid',
      `${clause.name} is a param and a metric: write params.${clause.name} or metrics.${clause.name}.`,
      {
        field: 'q',
        token: clause.token,
        position: clause.position,
        allowed: `params.${clause.name} or metrics.${clause.name}`,
      },
    )
  }
  if (metric === undefined) return paramClause(clause, within)
  return metricClause(clause, projectId === undefined ? undefined : metric, { ranked })
}

async function whatIs(
  ctx: Pick<Ctx, 'db'>,
  { scope, name, token, position }: FieldClause,
  projectId: number | undefined,
  within: Within,
): Promise<{ param: boolean; metric: MetricKey | undefined }> {
  const { rows } = await sql<{ param: boolean } & (MetricKey | { id: null })>`select
      exists (select 1 from param_names where name = ${name} and ${within(sql`project_id`)}) as param, metric.*
    from (select) one left join lateral (
      select project_id, id, aggregate, direction from metrics
      where name = ${name} and ${within(sql`project_id`)} limit 1) metric on true`.execute(ctx.db)
  const [row] = rows
  const param = scope !== 'metric' && row?.param === true
  const metric = scope !== 'param' && row !== undefined && row.id !== null ? row : undefined
  if (param || metric !== undefined) return { param, metric }
  const known = [
    ...(scope === 'param' ? [] : await metricNames(ctx, projectId)),
    ...(scope === 'metric' ? [] : await paramNames(ctx, projectId)),
  ]
  const suggestions = nearest(name, new Set(known))
  const kind = scope === 'any' ? 'param or metric' : scope
  throw notFound(`No ${kind} is called ${name}.${didYouMean(suggestions)}`, {
    field: 'q',
    token,
    position,
    suggestions,
    value: name,
  })
}

async function paramNames(ctx: Pick<Ctx, 'db'>, projectId: number | undefined): Promise<string[]> {
  let query = ctx.db.selectFrom('param_names').select('name').distinct().orderBy('name').limit(5_000)
  if (projectId !== undefined) query = query.where('project_id', '=', projectId)
  return (await query.execute()).map(({ name }) => name)
}
