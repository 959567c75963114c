import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'

type Reader = Pick<Ctx, 'db'>

/** Metrics whose names hold what was typed: those that begin so first, then what the project is about. */
export async function metricsByTyping(
  ctx: Reader,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<string[]> {
  return await namesByTyping(
    ctx,
    sql`select name, max(case when is_primary then 2 when direction is not null then 1 else 0 end) as weight
      from metrics where ${within(projectId)} group by name`,
    typed,
    most,
  )
}

export async function projectsByTyping(
  ctx: Reader,
  typed: string,
  visible: number | undefined,
  most: number,
): Promise<string[]> {
  const own = visible === undefined ? sql`true` : sql`id = ${visible}`
  return await namesByTyping(ctx, sql`select name, 0 as weight from projects where ${own}`, typed, most)
}

export async function paramsByTyping(
  ctx: Reader,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<string[]> {
  const names = sql`select distinct name, 0 as weight from param_names where ${within(projectId)}`
  return await namesByTyping(ctx, names, typed, most)
}

/** How many of the newest runs are looked at for the values of a tag and the names of data. */
const RUNS_LIMIT = 1_000
/** Different keys of a project that are looked at. */
const MAX_KEYS = 2_000

export interface TagName {
  key: string
  value: string | undefined
}

/** Tags as a filter names them: `stage`, and behind an equals sign its values: `stage=ablation`. */
export async function tagsByTyping(
  ctx: Reader,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<TagName[]> {
  const equals = typed.indexOf('=')
  if (equals === -1) {
    const keys = await namesByTyping(ctx, tagKeys(projectId), typed, most)
    return keys.map((key) => ({ key, value: undefined }))
  }
  const key = typed.slice(0, equals)
  // planner-hint: parts-by-key
  const values = sql`select distinct part.value as name, 0 as weight from (${newestRuns(projectId)}) run
    cross join lateral (select value from run_tags
      where project_id = run.project_id and run_id = run.id and key = ${key} offset 0) part where part.value <> ''`
  const found = await namesByTyping(ctx, values, typed.slice(equals + 1), most)
  return found.map((value) => ({ key, value }))
}

// index: run_tags_by_key
/** The index is walked from key to key, so that it costs the number of keys, not of runs. */
function tagKeys(projectId: number | undefined): RawBuilder<unknown> {
  const own = projectId === undefined ? sql`true` : sql`project.id = ${projectId}`
  return sql`select distinct found.key as name, 0 as weight from projects project cross join lateral (
      with recursive walk as (
        (select key from run_tags where project_id = project.id order by key limit 1)
        union all
        select (select key from run_tags where project_id = project.id and key > walk.key order by key limit 1)
        from walk where walk.key is not null
      ) select key from walk where key is not null limit ${MAX_KEYS}
    ) found where ${own}`
}

/** Data sets of the newest runs. */
export async function dataByTyping(
  ctx: Reader,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<string[]> {
  // planner-hint: parts-by-key
  const names = sql`select distinct part.name, 0 as weight from (${newestRuns(projectId)}) run
    cross join lateral (select name from run_data
      where project_id = run.project_id and run_id = run.id offset 0) part`
  return await namesByTyping(ctx, names, typed, most)
}

/** Each of these is read by its key: cheap for so many, however large the tables are. */
function newestRuns(projectId: number | undefined): RawBuilder<unknown> {
  return projectId === undefined
    ? sql`select project_id, id from runs order by id desc limit ${RUNS_LIMIT}`
    : sql`select project_id, id from runs where project_id = ${projectId} order by number desc limit ${RUNS_LIMIT}`
}

function within(projectId: number | undefined): RawBuilder<boolean> {
  return projectId === undefined ? sql`true` : sql`project_id = ${projectId}`
}

/** @param names rows of a name and a weight: the heavier come first among those that fit alike */
async function namesByTyping(
  ctx: Reader,
  names: RawBuilder<unknown>,
  typed: string,
  most: number,
): Promise<string[]> {
  const wanted = typed.trim().toLowerCase()
  const { rows } = await sql<{ name: string }>`select name from (${names}) known
    where position(${wanted} in lower(name)) > 0
    order by starts_with(lower(name), ${wanted}) desc, weight desc, name limit ${most}`.execute(ctx.db)
  return rows.map(({ name }) => name)
}
