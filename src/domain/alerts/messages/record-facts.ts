import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, MetricRow } from '../../../db/tables.ts'
import { runUrl } from '../../runs/run-url.ts'
import type { PostedMetric } from './posted-records.ts'
import { refOf } from '../../values/ref.ts'

/** The facts of a run that a new-best message shows. */
export interface RunFacts {
  id: string
  number: number
  ref: string
  url: string
  name: string | null
  owner: string | null
  commit: string | null
  dirty: boolean | null
  /** Why the run is invalid, and who made it so. */
  invalid: { reason: string; by: string } | null
}

/** One record in the metric's present chain of records, oldest first. */
export interface ChainLink {
  runId: string
  value: number
  setAt: string
}

export interface RecordFacts {
  metrics: Map<number, MetricRow>
  chains: Map<number, ChainLink[]>
  runs: Map<string, RunFacts>
}

/** Reads the present metrics and runs that a new-best message names, and the metrics' chains of records. */
export async function readFacts(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  projectId: number,
  posted: PostedMetric[],
): Promise<RecordFacts> {
  const metricIds = posted.map(({ metricId }) => metricId)
  const metrics = await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', 'in', metricIds)
    .execute()
  const links = await trx
    .selectFrom('records')
    .select(['metric_id', 'run_id', 'value', 'set_at'])
    .where('project_id', '=', projectId)
    .where('metric_id', 'in', metricIds)
    .orderBy('id')
    .execute()
  const chains = Map.groupBy(links, ({ metric_id }) => metric_id)
  const named = posted
    .flatMap(({ records, beatenBy }) => (beatenBy === null ? records : [...records, beatenBy]))
    .flatMap(({ runId, previous }) => (previous === null ? [runId] : [runId, previous.runId]))
  return {
    metrics: new Map(metrics.map((row) => [row.id, row])),
    chains: new Map(
      [...chains].map(([id, rows]) => [
        id,
        rows.map((row) => ({ runId: row.run_id, value: row.value, setAt: row.set_at.toISOString() })),
      ]),
    ),
    runs: await readRuns(trx, ctx, projectId, [...named, ...links.map(({ run_id }) => run_id)]),
  }
}

async function readRuns(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  projectId: number,
  ids: string[],
): Promise<Map<string, RunFacts>> {
  const rows = await trx
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(['runs.id', 'runs.number', 'runs.name', 'runs.owner', 'runs.code_commit', 'runs.code_dirty'])
    .select(['runs.invalidated_at', 'runs.invalidated_by', 'runs.invalid_reason'])
    .select('projects.name as project')
    .where('runs.project_id', '=', projectId)
    .where('runs.id', '=', sql<string>`any(${[...new Set(ids)]}::uuid[])`)
    .execute()
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        number: row.number,
        ref: refOf(row.project, row.number),
        url: runUrl(ctx, row.project, row.number),
        name: row.name,
        owner: row.owner,
        commit: row.code_commit,
        dirty: row.code_dirty,
        invalid:
          row.invalidated_at === null
            ? null
            : { reason: row.invalid_reason ?? '', by: row.invalidated_by ?? '' },
      },
    ]),
  )
}
