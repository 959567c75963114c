import { sql, type Transaction } from 'kysely'
import type { Database } from '../../db/tables.ts'
import type { DataVersion } from './compare-data.ts'

/** The data versions of some runs of a project, by run. */
export async function dataOfRuns(
  trx: Transaction<Database>,
  projectId: number,
  runIds: string[],
): Promise<Map<string, DataVersion[]>> {
  const rows = await trx
    .selectFrom('run_data')
    .select(['run_id', 'name', 'version'])
    .where('project_id', '=', projectId)
    .where('run_id', '=', sql<string>`any(${runIds}::uuid[])`)
    .orderBy('name')
    .execute()
  return new Map(runIds.map((id) => [id, rows.filter(({ run_id }) => run_id === id)]))
}
