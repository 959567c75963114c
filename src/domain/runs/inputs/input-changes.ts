import { sql, type Transaction } from 'kysely'
import type { Database } from '../../../db/tables.ts'

export interface Change {
  name: string
  /** Null: the run did not have it. */
  before: string | null
  after: string | null
}

export interface InputChanges {
  params: Change[]
  data: Change[]
  code: Change | null
}

/** What differs between the inputs of two runs of one project, by name. */
export async function inputChanges(
  trx: Transaction<Database>,
  projectId: number,
  before: string,
  after: string,
): Promise<InputChanges> {
  const params = await sql<Change>`
    select name, old.value #>> '{}' as before, new.value #>> '{}' as after
    from (select name, value from run_params where project_id = ${projectId} and run_id = ${before}) old
    full join (select name, value from run_params where project_id = ${projectId} and run_id = ${after}) new
      using (name)
    where (old.value #>> '{}') is distinct from (new.value #>> '{}') order by name`.execute(trx)
  const data = await sql<Change>`
    select name, old.version as before, new.version as after
    from (select name, string_agg(version, ', ' order by version) as version from run_data
      where project_id = ${projectId} and run_id = ${before} group by name) old
    full join (select name, string_agg(version, ', ' order by version) as version from run_data
      where project_id = ${projectId} and run_id = ${after} group by name) new using (name)
    where old.version is distinct from new.version order by name`.execute(trx)
  const code = await sql<Change>`
    select 'code' as name, old.code_commit as before, new.code_commit as after
    from runs old, runs new
    where old.project_id = ${projectId} and old.id = ${before} and new.project_id = ${projectId}
      and new.id = ${after} and old.code_commit is distinct from new.code_commit`.execute(trx)
  return { params: params.rows, data: data.rows, code: code.rows[0] ?? null }
}
