import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

export interface DatasetView {
  project: string
  name: string
  versions: { version: string; runs: number; first_seen_at: string; last_used_at: string }[]
}

interface Read {
  project: string
  name: string
  version: string
  runs: number
  first_seen: Date
  last_used: Date
}

/** Data sets with the versions that runs used, the last used first; at most `limit` versions in all. */
export async function listDatasets(
  ctx: Pick<Ctx, 'db'>,
  { projectId, limit }: { projectId?: number; limit: number },
): Promise<DatasetView[]> {
  const { rows } = await sql<Read>`
    select project.name as project, part.name, part.version, count(*)::int as runs,
      min(run.started_at) as first_seen, max(run.started_at) as last_used
    from run_data part
    join runs run on run.project_id = part.project_id and run.id = part.run_id
    join projects project on project.id = part.project_id
    where ${projectId === undefined ? sql`true` : sql`part.project_id = ${projectId}`}
    group by project.name, part.name, part.version
    order by last_used desc, project.name, part.name, part.version limit ${limit}`.execute(ctx.db)
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.project, row.name]))
  return [...groups.values()].map((versions) => ({
    project: versions[0]?.project ?? '',
    name: versions[0]?.name ?? '',
    versions: versions.map(({ version, runs, first_seen, last_used }) => ({
      version,
      runs,
      first_seen_at: first_seen.toISOString(),
      last_used_at: last_used.toISOString(),
    })),
  }))
}
