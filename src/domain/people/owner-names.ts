import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** How runs write an owner's name, found in any capitals; undefined when no run carries it. */
export async function ownerSpelling(ctx: Pick<Ctx, 'db'>, name: string): Promise<string | undefined> {
  const { rows } = await sql<{ owner: string }>`
    select run.owner from projects project cross join lateral (
      select owner, id from runs where project_id = project.id and lower(owner) = lower(${name})
      order by id desc limit 1
    ) run order by run.id desc limit 1`.execute(ctx.db)
  return rows[0]?.owner
}

const MAX_NAMES = 2_000

/**
 * The owners that runs carry, each once. The index is walked from name to name, so that it costs the number of
 * owners, not of runs.
 * @param projectId undefined: of all projects
 */
export async function ownerNames(ctx: Pick<Ctx, 'db'>, projectId: number | undefined): Promise<string[]> {
  const within = projectId === undefined ? sql`true` : sql`project.id = ${projectId}`
  const next = (after: ReturnType<typeof sql>) => sql`
    select owner, lower(owner) as key from runs
    where project_id = project.id and lower(owner) is not null and ${after} order by lower(owner) limit 1`
  const { rows } = await sql<{ owner: string }>`
    select distinct on (found.key) found.owner from projects project cross join lateral (
      with recursive walk as (
        (${next(sql`true`)})
        union all
        select step.owner, step.key from walk cross join lateral (${next(sql`lower(owner) > walk.key`)}) step
      ) select owner, key from walk limit ${MAX_NAMES}
    ) found where ${within} order by found.key limit ${MAX_NAMES}`.execute(ctx.db)
  return rows.map(({ owner }) => owner)
}
