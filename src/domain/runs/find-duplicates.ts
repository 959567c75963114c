import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { chosenValue } from '../records/metric-value.ts'
import { runUrl } from './run-url.ts'
import type { Duplicate } from './types.ts'

const SHOWN = 5

/**
 * Earlier runs with the same inputs, newest first. Only running and finished ones: to try again what failed,
 * was killed or got lost is no duplicate.
 */
export async function findDuplicates(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  project: { id: number; name: string },
  fingerprint: string,
): Promise<Duplicate[]> {
  const runs = await trx
    .selectFrom('runs')
    .select(['id', 'number', 'status'])
    .where('project_id', '=', project.id)
    .where('fingerprint', '=', fingerprint)
    .where('status', 'in', ['running', 'finished'])
    .orderBy('number', 'desc')
    .limit(SHOWN)
    .execute()
  if (runs.length === 0) return []
  const values = await readValues(
    trx,
    project.id,
    runs.map((run) => run.id),
  )
  return runs.map((run) => ({
    run: `${project.name}#${run.number}`,
    url: runUrl(ctx, project.name, run.number),
    status: run.status,
    metrics: Object.fromEntries(
      values.filter((one) => one.run === run.id).map((one) => [one.name, one.value]),
    ),
  }))
}

async function readValues(trx: Transaction<Database>, projectId: number, runIds: string[]) {
  const rows = await trx
    .selectFrom('metric_summaries as summary')
    .innerJoin('metrics', (join) =>
      join
        .onRef('metrics.project_id', '=', 'summary.project_id')
        .onRef('metrics.id', '=', 'summary.metric_id'),
    )
    .selectAll('summary')
    .select(['metrics.name', 'metrics.direction', 'metrics.aggregate'])
    .where('summary.project_id', '=', projectId)
    .where('summary.run_id', 'in', runIds)
    .orderBy('metrics.name')
    .execute()
  return rows.flatMap((row) => {
    const aggregate = row.direction === null && row.aggregate === 'best' ? 'last' : row.aggregate
    const chosen = chosenValue(row, aggregate, row.direction)
    return chosen === undefined ? [] : [{ run: row.run_id, name: row.name, value: chosen.value }]
  })
}
