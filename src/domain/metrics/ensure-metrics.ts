import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { inBatches } from '../../db/batches.ts'
import type { Database, MetricRow } from '../../db/tables.ts'
import { wellKnownDirection } from './well-known.ts'

/**
 * The definitions of the named metrics, made where they are new: a well-known name begins with its direction,
 * marked as such.
 * @returns name to definition
 */
export async function ensureMetrics(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  projectId: number,
  names: string[],
): Promise<Map<string, MetricRow>> {
  const found = await readMetrics(trx, projectId, names)
  const missing = names.filter((name) => !found.has(name))
  if (missing.length === 0) return found
  const rows = missing.toSorted().map((name) => newMetric(projectId, name, ctx.clock.now()))
  await inBatches(rows, (slice) =>
    trx
      .insertInto('metrics')
      .values(slice)
      .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
      .execute(),
  )
  return await readMetrics(trx, projectId, names)
}

async function readMetrics(
  trx: Transaction<Database>,
  projectId: number,
  names: string[],
): Promise<Map<string, MetricRow>> {
  const rows = await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', sql<string>`any(${names}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.name, row]))
}

function newMetric(projectId: number, name: string, now: Date) {
  const direction = wellKnownDirection(name) ?? null
  return {
    project_id: projectId,
    name,
    direction,
    direction_source: direction === null ? null : ('well_known' as const),
    unit: null,
    created_at: now,
  }
}
