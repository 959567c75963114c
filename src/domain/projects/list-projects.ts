import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { projectUrl } from '../runs/run-url.ts'

export interface ProjectView {
  name: string
  url: string
  runs: number
  running: number
  last_run_at: string | null
}

/**
 * Projects, the one written to last first.
 * @param visible the only project that may be seen; undefined: all
 */
export async function listProjects(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  { limit, offset = 0, visible }: { limit: number; offset?: number; visible?: number },
): Promise<ProjectView[]> {
  const { rows } = await sql<{ name: string; runs: number; running: number; last: Date | null }>`
    select project.name, project.next_run_number - 1 as runs,
      (select count(*)::int from runs where project_id = project.id and status = 'running') as running,
      (select started_at from runs where project_id = project.id order by id desc limit 1) as last
    from projects project
    where ${visible === undefined ? sql`true` : sql`project.id = ${visible}`}
    order by last desc nulls last, project.name limit ${limit} offset ${offset}`.execute(ctx.db)
  return rows.map((row) => ({
    name: row.name,
    url: projectUrl(ctx, row.name),
    runs: row.runs,
    running: row.running,
    last_run_at: row.last?.toISOString() ?? null,
  }))
}
