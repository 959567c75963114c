import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Aggregate, Database, Direction, MetricRow } from '../../db/tables.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { ensureProject } from '../projects/ensure-project.ts'
import { rebuildRecords } from './rebuild-records.ts'
import { ensureMetricIds } from '../metrics/ensure-metrics.ts'

export interface MetricDefinition {
  project: string
  metric: string
  direction?: Direction
  unit?: string | null
  min_delta?: number
  aggregate?: Aggregate
  primary?: boolean
}

/** What is stored of a metric, as the API shows it. */
export interface StoredDefinition {
  project: string
  metric: string
  direction: Direction | null
  direction_source: 'declared' | 'well_known' | null
  unit: string | null
  min_delta: number
  aggregate: Aggregate
  primary: boolean
}

/**
 * Declares how a metric is read; what is not given stays as it was. Records follow silently when the change could
 * move them. A metric may be declared before any run has logged it.
 */
export async function defineMetric(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  input: MetricDefinition,
): Promise<StoredDefinition> {
  const project = await ensureProject(trx, ctx, input.project)
  await ensureMetricIds(trx, ctx, [{ projectId: project.id, name: input.metric }])
  const before = await lockMetric(trx, project.id, input.metric)
  const { id, project_id, name } = before
  const after: MetricRow = { ...before, ...given(input) }
  await trx
    .updateTable('metrics')
    .set({
      direction: after.direction,
      direction_source: after.direction_source,
      unit: after.unit,
      min_delta: after.min_delta,
      aggregate: after.aggregate,
      is_primary: after.is_primary,
    })
    .where('project_id', '=', project_id)
    .where('id', '=', id)
    .execute()
  const moved =
    before.direction !== after.direction ||
    before.aggregate !== after.aggregate ||
    before.min_delta !== after.min_delta
  if (moved) await rebuildRecords(trx, ctx, after)
  const stored = shown(project.name, after)
  await audit(trx, ctx, actor, 'metric.define', `${project.name}/${name}`, {
    projectId: project.id,
    details: { before: shown(project.name, before), after: stored },
  })
  return stored
}

async function lockMetric(trx: Transaction<Database>, projectId: number, name: string): Promise<MetricRow> {
  return await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

function given(input: MetricDefinition): Partial<MetricRow> {
  return {
    ...(input.direction === undefined
      ? {}
      : { direction: input.direction, direction_source: 'declared' as const }),
    ...(input.unit === undefined ? {} : { unit: input.unit }),
    ...(input.min_delta === undefined ? {} : { min_delta: input.min_delta }),
    ...(input.aggregate === undefined ? {} : { aggregate: input.aggregate }),
    ...(input.primary === undefined ? {} : { is_primary: input.primary }),
  }
}

function shown(project: string, row: MetricRow): StoredDefinition {
  return {
    project,
    metric: row.name,
    direction: row.direction,
    direction_source: row.direction_source,
    unit: row.unit,
    min_delta: row.min_delta,
    aggregate: row.aggregate,
    primary: row.is_primary,
  }
}
