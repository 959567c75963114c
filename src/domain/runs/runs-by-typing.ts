import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'

/** As much of a run as a person needs to pick it from a list. */
export interface RunHint {
  ref: string
  name: string | null
  owner: string | null
}

/** Runs are looked for among the newest only, so that the answer comes at once whatever their number. */
const LOOKED_AT = 5_000
const MOST_NUMBER = 2 ** 31 - 1

/** `churn#14`, `#14` or `14` finds runs by the beginning of their number, other words by name among the newest. */
export async function runsByTyping(
  ctx: Pick<Ctx, 'db'>,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<RunHint[]> {
  const wanted = typed.trim().toLowerCase()
  const hash = wanted.lastIndexOf('#')
  const digits = /^\d*$/.test(wanted.slice(hash + 1)) ? wanted.slice(hash + 1) : ''
  const within = projectId === undefined ? sql<boolean>`true` : sql<boolean>`run.project_id = ${projectId}`
  const ofProject =
    hash > 0
      ? sql<boolean>`run.project_id in (select id from projects where lower(name) = ${wanted.slice(0, hash)})`
      : sql<boolean>`true`
  if (digits !== '') {
    const exact = Math.min(Number(digits), MOST_NUMBER)
    return await readHints(
      ctx,
      most,
      sql`${within} and ${ofProject} and ${numberBegins(digits)}`,
      sql`true`,
      exact,
    )
  }
  if (hash >= 0) return await readHints(ctx, most, sql`${within} and ${ofProject}`)
  const named = sql<boolean>`(position(${wanted} in lower(coalesce(run.name, ''))) > 0
    or starts_with(lower(project.name), ${wanted}))`
  return await readHints(ctx, most, within, named)
}

/** 14 begins 14, 140 to 149, 1,400 to 1,499 and so on: ranges, so that an index serves them. */
function numberBegins(digits: string): RawBuilder<boolean> {
  const ranges: RawBuilder<boolean>[] = []
  for (let size = 1; Number(digits) * size <= MOST_NUMBER && Number(digits) > 0; size *= 10) {
    const from = Number(digits) * size
    ranges.push(sql`run.number between ${from} and ${Math.min(from + size - 1, MOST_NUMBER)}`)
  }
  return ranges.length === 0 ? sql`false` : sql`(${sql.join(ranges, sql` or `)})`
}

async function readHints(
  ctx: Pick<Ctx, 'db'>,
  most: number,
  condition: RawBuilder<boolean>,
  among: RawBuilder<boolean> = sql`true`,
  first = 0,
): Promise<RunHint[]> {
  const { rows } = await sql<RunHint>`
    select project.name || '#' || run.number as ref, run.name, run.owner
    from (select run.* from runs run where ${condition}
      order by run.number = ${first} desc, run.id desc limit ${LOOKED_AT}) run
    join projects project on project.id = run.project_id
    where ${among} order by run.number = ${first} desc, run.id desc limit ${most}`.execute(ctx.db)
  return rows
}
