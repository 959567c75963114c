import { type RawBuilder, sql } from 'kysely'
import type { MetricRow } from '../../db/tables.ts'
import { columnSql, isFiniteSql, valueSql } from '../values/run-value-sql.ts'
import type { PlainClause } from './parse.ts'
import { QuerySyntaxError } from './syntax-error.ts'

export type Condition = RawBuilder<boolean>
export type FieldClause = Extract<PlainClause, { kind: 'field' }>

/** What a clause asks of a run, in SQL. Every value is a bound parameter. */
export interface ClauseSql {
  /** On a row `run`. */
  condition: Condition
  /** False when `run` needs no more than project_id and id. */
  readsRun: boolean
  /** Where an index has the runs that fit: a query of their project_id and id, each run once. */
  source?: RawBuilder<unknown>
}

/** Which projects a query is about, as a condition on a project's id. */
export type Within = (projectId: RawBuilder<unknown>) => Condition

/** As many characters of a text as its index holds. */
const INDEXED_CHARACTERS = 60

export function plainClause(clause: Exclude<PlainClause, { kind: 'field' }>, within: Within): ClauseSql {
  switch (clause.kind) {
    case 'tag':
      return tagClause(clause, within)
    case 'owner':
      return ofRun(sql`lower(run.owner) = lower(${clause.owner})`)
    case 'status':
      return ofRun(sql`run.status = ${clause.status}`)
    case 'since':
      return ofRun(sql`run.started_at >= ${clause.at}`)
    case 'until':
      return ofRun(sql`run.started_at <= ${clause.at}`)
    case 'data':
      return dataClause(clause, within)
    case 'commit':
      // index: runs_by_commit
      return ofRun(sql`run.code_commit like ${`${clause.prefix}%`}`)
    case 'group':
      return ofRun(sql`run.sweep = ${clause.group}`)
    case 'is':
      return traitClause(clause.what)
    default:
      return clause satisfies never
  }
}

function ofRun(condition: Condition): ClauseSql {
  return { condition, readsRun: true }
}

function ofPart(table: string, condition: Condition, source?: RawBuilder<unknown>): ClauseSql {
  return {
    condition: sql`exists (select 1 from ${sql.table(table)} part
      where part.project_id = run.project_id and part.run_id = run.id and ${condition})`,
    readsRun: false,
    ...(source === undefined ? {} : { source }),
  }
}

function select(table: string, within: Within, condition: Condition): RawBuilder<unknown> {
  return sql`select part.project_id, part.run_id as id from ${sql.table(table)} part
    where ${within(sql`part.project_id`)} and ${condition}`
}

/** A word alone is the tag's name or its value, or a label. */
function tagClause({ key, value }: Extract<PlainClause, { kind: 'tag' }>, within: Within): ClauseSql {
  const hasKey = sql<boolean>`part.key = ${key}`
  if (value === undefined) {
    const label = sql<boolean>`part.label = ${key} and part.present`
    // index: run_tags_by_key, run_tags_by_value, run_labels_by_label
    const source = sql`${select('run_tags', within, hasKey)} union ${select('run_tags', within, hasValue(key))}
      union ${select('run_labels', within, label)}`
    const tagged = ofPart('run_tags', sql`(${hasKey} or part.value = ${key})`)
    const labelled = ofPart('run_labels', label)
    return {
      condition: sql`(${tagged.condition} or ${labelled.condition})`,
      readsRun: false,
      source,
    }
  }
  const both = sql<boolean>`${hasKey} and ${value === '' ? sql`part.value = ''` : hasValue(value)}`
  return ofPart('run_tags', both, select('run_tags', within, both))
}

function hasValue(value: string): Condition {
  return sql`(part.value <> '' and left(part.value, ${sql.lit(INDEXED_CHARACTERS)}) = left(${value}, ${sql.lit(INDEXED_CHARACTERS)}) and part.value = ${value})`
}

function dataClause({ name, version }: Extract<PlainClause, { kind: 'data' }>, within: Within): ClauseSql {
  const fits = version === undefined ? sql`true` : versionCondition(version)
  const condition = sql<boolean>`part.name = ${name} and ${fits}`
  // index: run_data_by_version
  const source = sql`select distinct * from (${select('run_data', within, condition)}) run`
  return ofPart('run_data', condition, source)
}

/** The beginning of a version, with or without the name of its algorithm: `a1b2` finds `md5:a1b2...`. */
function versionCondition(prefix: string): Condition {
  const pattern = `${prefix.replace(/[\\%_]/g, '\\$&')}%`
  return sql`(part.version like ${pattern} or part.version like ${`%:${pattern}`})`
}

function traitClause(what: Extract<PlainClause, { kind: 'is' }>['what']): ClauseSql {
  switch (what) {
    case 'starred':
      return ofRun(sql`run.starred`)
    case 'invalid':
      return ofRun(sql`run.invalidated_at is not null`)
    case 'clean':
      return ofRun(sql`run.code_dirty is false`)
    case 'dirty':
      return ofRun(sql`run.code_dirty`)
    case 'diverged':
      return { condition: divergedCondition(), readsRun: false }
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

/** Numbers compare as numbers when both sides are one, MLflow's text included; else text with =, != and ~. */
export function paramClause(clause: FieldClause, within: Within): ClauseSql {
  const { name, op, value, number, token, position } = clause
  const named = sql<boolean>`part.name = ${name}`
  const text = sql`part.value #>> '{}'`
  if (op === '~')
    return ofPart('run_params', sql`${named} and position(lower(${value}) in lower(${text})) > 0`)
  if (op === '!=')
    return ofPart('run_params', sql`${named} and not coalesce(${equalParam(value, number)}, false)`)
  if (op === '=') {
    const condition = sql<boolean>`${named} and ${equalParam(value, number)}`
    return ofPart('run_params', condition, select('run_params', within, condition))
  }
  if (number === null) throw new QuerySyntaxError(token, position, `a number after ${op}`)
  const condition = sql<boolean>`${named} and part.number ${sql.raw(op)} ${number}`
  return ofPart('run_params', condition, select('run_params', within, condition))
}

/** Equal texts that read as numbers are equal numbers too: one of two indexes is enough. */
// index: run_params_by_number, run_params_by_text
function equalParam(value: string, number: number | null): Condition {
  if (number !== null) return sql`part.number = ${number}`
  const text = sql`part.value #>> '{}'`
  return sql`(part.number is null and left(${text}, ${sql.lit(INDEXED_CHARACTERS)}) = left(${value}, ${sql.lit(INDEXED_CHARACTERS)}) and ${text} = ${value})`
}

export type MetricKey = Pick<MetricRow, 'project_id' | 'id' | 'aggregate' | 'direction'>

/**
 * The value that stands for the run on boards; NaN and infinities pass no comparison.
 * @param metric undefined across projects, where one name is several metrics
 */
export function metricClause(
  clause: FieldClause,
  metric: MetricKey | undefined,
  { ranked }: { ranked: boolean },
): ClauseSql {
  const { name, op, number, token, position } = clause
  if (number === null || op === '~')
    throw new QuerySyntaxError(token, position, `a number, with = != < <= > or >=`)
  const fits = (value: RawBuilder<number | null>) =>
    sql<boolean>`${isFiniteSql(value)} and ${value} ${sql.raw(op === '!=' ? '<>' : op)} ${number}`
  if (metric === undefined) {
    const condition = sql<boolean>`exists (select 1 from metrics metric join metric_summaries summary
      on summary.project_id = metric.project_id and summary.metric_id = metric.id and summary.run_id = run.id
      where metric.project_id = run.project_id and metric.name = ${name} and ${fits(valueSql('summary', 'metric'))})`
    return { condition, readsRun: false }
  }
  const own = sql<boolean>`summary.metric_id = ${metric.id}
    and ${fits(columnSql(metric))}`
  const condition = sql<boolean>`exists (select 1 from metric_summaries summary
    where summary.project_id = run.project_id and summary.run_id = run.id and ${own})`
  // The partition by its own name: no index holds \`ended\`, for which each row would be fetched from the table.
  // index: summaries_by_max, summaries_by_min, summaries_by_last
  // planner-hint: ended-partition
  const ended = sql`select summary.project_id, summary.run_id as id from metric_summaries_ended summary
    where summary.project_id = ${metric.project_id} and ${own}`
  if (ranked) return { condition, readsRun: false, source: sql`${ended} and summary.ranked` }
  // The offset keeps the planner from a look at all summaries, which it takes for cheaper than one for each run.
  // planner-hint: running-by-key
  const alive = sql`select run.project_id, run.id
    from (select * from runs where project_id = ${metric.project_id} and status = 'running' offset 0) run
    cross join lateral (select from metric_summaries summary where summary.project_id = run.project_id
      and summary.run_id = run.id and not summary.ended and ${own} offset 0) fit`
  return {
    condition,
    readsRun: false,
    source: sql`${ended} and summary.ranked = any(array[true, false]) union all ${alive}`,
  }
}
