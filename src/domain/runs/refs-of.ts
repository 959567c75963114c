import { type Kysely, sql } from 'kysely'
import type { Database, RunKey } from '../../db/tables.ts'
import { refSql } from '../values/ref.ts'

/** Run id to 'churn#142'; runs that are gone are missing. */
export async function refsOf(db: Kysely<Database>, keys: RunKey[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<{ id: string; ref: string }>`
    select run.id, ${refSql} as ref
    from unnest(${keys.map(({ projectId }) => projectId)}::int[], ${keys.map(({ runId }) => runId)}::uuid[])
      as wanted(project_id, id)
    join runs run on run.project_id = wanted.project_id and run.id = wanted.id
    join projects project on project.id = run.project_id`.execute(db)
  return new Map(rows.map(({ id, ref }) => [id, ref]))
}
