import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { metricNames } from '../metrics/find-metric.ts'
import { isFiniteSql, valueSql } from '../metrics/value-sql.ts'
import { didYouMean, nearest } from '../text/suggest.ts'
import type { PlainClause } from './parse.ts'
import { QuerySyntaxError } from './syntax-error.ts'

type Condition = RawBuilder<boolean>
type FieldClause = Extract<PlainClause, { kind: 'field' }>

/**
 * Clauses as one condition on `runs run`; every value is a bound parameter. Bare fields are looked up first: a param,
 * a metric, or an error that says what was meant.
 * @param projectId narrows the look-up of names; undefined: all projects
 */
export async function compileClauses(
  ctx: Pick<Ctx, 'db'>,
  clauses: PlainClause[],
  projectId: number | undefined,
): Promise<Condition> {
  const conditions: Condition[] = []
  for (const clause of clauses) {
    const condition =
      clause.kind === 'field' ? await fieldCondition(ctx, clause, projectId) : plainCondition(clause)
    conditions.push(clause.negated ? sql`not coalesce(${condition}, false)` : condition)
  }
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`
}

function plainCondition(clause: Exclude<PlainClause, { kind: 'field' }>): Condition {
  switch (clause.kind) {
    case 'tag':
      return clause.value === undefined
        ? exists('run_tags', sql`(part.key = ${clause.key} or part.value = ${clause.key})`)
        : exists('run_tags', sql`part.key = ${clause.key} and part.value = ${clause.value}`)
    case 'owner':
      return sql`lower(run.owner) = lower(${clause.owner})`
    case 'status':
      return sql`run.status = ${clause.status}`
    case 'since':
      return sql`run.started_at >= ${clause.at}`
    case 'until':
      return sql`run.started_at <= ${clause.at}`
    case 'data': {
      const version = clause.version === undefined ? sql`true` : versionCondition(clause.version)
      return exists('run_data', sql`part.name = ${clause.name} and ${version}`)
    }
    case 'commit':
      return sql`run.code_commit like ${`${clause.prefix}%`}`
    case 'group':
      return sql`run.sweep = ${clause.group}`
    case 'is':
      return traitCondition(clause.what)
    default:
      return clause satisfies never
  }
}

/** The beginning of a version, with or without the name of its algorithm: `a1b2` finds `md5:a1b2...`. */
function versionCondition(prefix: string): Condition {
  const pattern = `${prefix.replace(/[\\%_]/g, '\\$&')}%`
  return sql`(part.version like ${pattern} or part.version like ${`%:${pattern}`})`
}

function traitCondition(what: Extract<PlainClause, { kind: 'is' }>['what']): Condition {
  switch (what) {
    case 'starred':
      return sql`run.starred`
    case 'clean':
      return sql`run.code_dirty is false`
    case 'dirty':
      return sql`run.code_dirty`
    case 'diverged':
      return divergedCondition()
    default:
      return what satisfies never
  }
}

/** Some metric's value, by its aggregate, is not finite: the run has no place on that board. */
function divergedCondition(): Condition {
  return sql`exists (select 1 from metrics metric join metric_summaries summary
    on summary.project_id = metric.project_id and summary.metric_id = metric.id and summary.run_id = run.id
    where metric.project_id = run.project_id
      and not coalesce(${isFiniteSql(valueSql('summary', 'metric'))}, false))`
}

function exists(table: string, condition: RawBuilder<unknown>): Condition {
  return sql`exists (select 1 from ${sql.table(table)} part
    where part.project_id = run.project_id and part.run_id = run.id and ${condition})`
}

async function fieldCondition(
  ctx: Pick<Ctx, 'db'>,
  clause: FieldClause,
  projectId: number | undefined,
): Promise<Condition> {
  const { param, metric } = await whatIs(ctx, clause, projectId)
  if (param && metric) {
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
  return metric ? metricCondition(clause) : paramCondition(clause)
}

async function whatIs(
  ctx: Pick<Ctx, 'db'>,
  { scope, name, token, position }: FieldClause,
  projectId: number | undefined,
) {
  const within = projectId === undefined ? sql`true` : sql`project_id = ${projectId}`
  const { rows } = await sql<{ param: boolean; metric: boolean }>`select
    exists (select 1 from param_names where name = ${name} and ${within}) as param,
    exists (select 1 from metrics where name = ${name} and ${within}) as metric`.execute(ctx.db)
  const param = scope !== 'metric' && rows[0]?.param === true
  const metric = scope !== 'param' && rows[0]?.metric === true
  if (param || metric) return { param, metric }
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

export async function paramNames(ctx: Pick<Ctx, 'db'>, projectId: number | undefined): Promise<string[]> {
  let query = ctx.db.selectFrom('param_names').select('name').distinct().orderBy('name').limit(5_000)
  if (projectId !== undefined) query = query.where('project_id', '=', projectId)
  return (await query.execute()).map(({ name }) => name)
}

/** Numbers compare as numbers when both sides are one, MLflow's text included; else text with =, != and ~. */
function paramCondition({ name, op, value, number, token, position }: FieldClause): Condition {
  const text = sql`part.value #>> '{}'`
  if (op === '~') {
    return exists('run_params', sql`part.name = ${name} and position(lower(${value}) in lower(${text})) > 0`)
  }
  if (op === '=' || op === '!=') {
    const same =
      number === null ? sql`${text} = ${value}` : sql`(${text} = ${value} or part.number = ${number})`
    const wanted = op === '=' ? same : sql`not coalesce(${same}, false)`
    return exists('run_params', sql`part.name = ${name} and ${wanted}`)
  }
  if (number === null) throw new QuerySyntaxError(token, position, `a number after ${op}`)
  return exists('run_params', sql`part.name = ${name} and part.number ${sql.raw(op)} ${number}`)
}

/** The value that stands for the run on boards; NaN and infinities pass no comparison. */
function metricCondition({ name, op, number, token, position }: FieldClause): Condition {
  if (number === null || op === '~')
    throw new QuerySyntaxError(token, position, `a number, with = != < <= > or >=`)
  const value = valueSql('summary', 'metric')
  const operator = sql.raw(op === '!=' ? '<>' : op)
  return sql`exists (select 1 from metrics metric join metric_summaries summary
    on summary.project_id = metric.project_id and summary.metric_id = metric.id and summary.run_id = run.id
    where metric.project_id = run.project_id and metric.name = ${name}
      and ${isFiniteSql(value)} and ${value} ${operator} ${number})`
}
