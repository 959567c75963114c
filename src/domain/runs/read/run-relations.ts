import { sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { MetricRow, RunKey, RunStatus } from '../../../db/tables.ts'
import { mainMetric, primaryMetrics } from '../../metrics/primary-metrics.ts'
import { isFiniteSql, valueSql } from '../../values/run-value-sql.ts'
import { runUrl } from '../run-url.ts'
import type { RunView } from '../types.ts'
import { refOf } from '../../values/ref.ts'

type Reader = Pick<Ctx, 'db' | 'publicUrl'>

export interface Related {
  ref: string
  url: string
}

/** A record that the run set: the run that it beat, and the one that has beaten it since. */
export interface WonRecord {
  metric: string
  unit: string | null
  value: number
  set_at: string
  /** Null for the first record of a metric. */
  beat: (Related & { value: number }) | null
  /** Null while the run holds it. */
  beaten_by: (Related & { value: number; at: string }) | null
}

/** A run with the same inputs: a seed sibling, or the same in everything. */
export interface SameInputs extends Related {
  seed: string | null
  status: RunStatus
  /** Of the metric that seeds are compared by; null where it has none. */
  value: number | null
}

/** What chance makes of the same inputs: finished runs that differ by the seed alone, this one included. */
export interface Spread {
  metric: string
  unit: string | null
  runs: number
  mean: number
  /** The sample's standard deviation. */
  deviation: number
  min: number
  max: number
}

export interface RunRelations {
  records: WonRecord[]
  /** The same inputs with the same seed, newest first. */
  duplicates: SameInputs[]
  /** The same inputs with another seed, newest first. */
  siblings: SameInputs[]
  /** Null with fewer than two values. */
  spread: Spread | null
}

const TWINS_LIMIT = 200

/** What a run has to do with others: records, duplicates, seeds. Invalid runs are left out. */
export async function runRelations(ctx: Reader, key: RunKey, run: RunView): Promise<RunRelations> {
  const metric = await comparedBy(ctx, key, run)
  const [records, twins] = await Promise.all([readRecords(ctx, key, run), readTwins(ctx, key, run, metric)])
  const own = metric === undefined ? null : (run.metrics[metric.name]?.value ?? null)
  const finished = twins.filter(({ status }) => status === 'finished').map(({ value }) => value)
  const values = [...finished, ...(run.status === 'finished' ? [own] : [])].filter((value) => value !== null)
  return {
    records,
    duplicates: twins.filter(({ same }) => same).map(shown),
    siblings: twins.filter(({ same }) => !same).map(shown),
    spread: metric === undefined ? null : spreadOf(metric, values),
  }
}

async function comparedBy(
  ctx: Reader,
  key: RunKey,
  run: RunView,
): Promise<Pick<MetricRow, 'id' | 'name' | 'unit'> | undefined> {
  const { metrics } = await primaryMetrics(ctx.db, key.projectId)
  const name = mainMetric(run, metrics)
  if (name === undefined) return undefined
  const primary = metrics.find((metric) => metric.name === name)
  if (primary !== undefined) return primary
  return await ctx.db
    .selectFrom('metrics')
    .select(['id', 'name', 'unit'])
    .where('project_id', '=', key.projectId)
    .where('name', '=', name)
    .executeTakeFirst()
}

interface RecordRead {
  metric: string
  unit: string | null
  value: number
  set_at: Date
  beat_number: number | null
  beat_value: number | null
  by_number: number | null
  by_value: number | null
  by_at: Date | null
}

async function readRecords(
  ctx: Reader,
  { projectId, runId }: RunKey,
  { project }: RunView,
): Promise<WonRecord[]> {
  const beside = (
    order: 'desc' | 'asc',
  ) => sql`(select run.number, other.value, other.set_at from records other
    join runs run on run.project_id = other.project_id and run.id = other.run_id
    where other.project_id = record.project_id and other.metric_id = record.metric_id
      and other.id ${order === 'desc' ? sql`<` : sql`>`} record.id
    order by other.id ${order === 'desc' ? sql`desc` : sql`asc`} limit 1)`
  const { rows } = await sql<RecordRead>`
    select metric.name as metric, metric.unit, record.value, record.set_at, beat.number as beat_number,
      beat.value as beat_value, beaten.number as by_number, beaten.value as by_value, beaten.set_at as by_at
    from records record
    join metrics metric on metric.project_id = record.project_id and metric.id = record.metric_id
    left join lateral ${beside('desc')} beat on true
    left join lateral ${beside('asc')} beaten on true
    where record.project_id = ${projectId} and record.run_id = ${runId}::uuid
    order by metric.is_primary desc, metric.name`.execute(ctx.db)
  const related = (number: number): Related => ({
    ref: refOf(project, number),
    url: runUrl(ctx, project, number),
  })
  return rows.map(({ metric, unit, value, set_at, beat_number, beat_value, by_number, by_value, by_at }) => ({
    metric,
    unit,
    value,
    set_at: set_at.toISOString(),
    beat: beat_number === null || beat_value === null ? null : { ...related(beat_number), value: beat_value },
    beaten_by:
      by_number === null || by_value === null || by_at === null
        ? null
        : { ...related(by_number), value: by_value, at: by_at.toISOString() },
  }))
}

type SameInputsRead = SameInputs & { same: boolean }

async function readTwins(
  ctx: Reader,
  { projectId, runId }: RunKey,
  { seed_group, fingerprint, project }: RunView,
  metric: { id: number } | undefined,
): Promise<SameInputsRead[]> {
  if (seed_group === null) return []
  const value = valueSql('summary', 'metric')
  const { rows } = await sql<Omit<SameInputsRead, keyof Related> & { number: number }>`
    select run.number, run.seed, run.status, coalesce(run.fingerprint = ${fingerprint}, false) as same,
      case when ${isFiniteSql(value)} then ${value} end as value
    from runs run
    left join metrics metric on metric.project_id = run.project_id and metric.id = ${metric?.id ?? null}::int
    left join metric_summaries summary on summary.project_id = run.project_id and summary.run_id = run.id
      and summary.metric_id = metric.id
    where run.project_id = ${projectId} and run.seed_group = ${seed_group} and run.id <> ${runId}::uuid
      and run.status in ('running', 'finished') and run.invalidated_at is null
    order by run.number desc limit ${TWINS_LIMIT}`.execute(ctx.db)
  return rows.map(({ number, ...rest }) => ({
    ref: refOf(project, number),
    url: runUrl(ctx, project, number),
    ...rest,
  }))
}

function shown({ ref, url, seed, status, value }: SameInputsRead): SameInputs {
  return { ref, url, seed, status, value }
}

function spreadOf({ name, unit }: Pick<MetricRow, 'name' | 'unit'>, values: number[]): Spread | null {
  if (values.length < 2) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    metric: name,
    unit,
    runs: values.length,
    mean,
    deviation: Math.sqrt(squares / (values.length - 1)),
    min: Math.min(...values),
    max: Math.max(...values),
  }
}
