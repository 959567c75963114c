import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { ownerNames } from '../../people/owner-names.ts'
import { refSql } from '../../values/ref.ts'

/** As much of a run as a person needs to pick it from a list. */
export interface RunHint {
  ref: string
  name: string | null
  owner: string | null
}

type Query = RawBuilder<unknown>

/** Words inside a name are looked for in the newest runs only, so that the answer comes at once whatever their number. */
const RUNS_LIMIT = 5_000
const MAX_NUMBER = 2 ** 31 - 1

/**
 * `churn#14`, `#14` or `14` finds runs by the beginning of their number, other words by the beginning of their name
 * or their project's, or their owner's; words inside a name count for the newest runs. Newest first, an exact number before all.
 */
export async function runsByTyping(
  ctx: Pick<Ctx, 'db'>,
  typed: string,
  projectId: number | undefined,
  most: number,
): Promise<RunHint[]> {
  const wanted = typed.trim().toLowerCase()
  const hash = wanted.lastIndexOf('#')
  const digits = /^\d*$/.test(wanted.slice(hash + 1)) ? wanted.slice(hash + 1) : ''
  const visible = projectId === undefined ? sql<boolean>`true` : sql<boolean>`project.id = ${projectId}`
  const named = sql<boolean>`lower(project.name) = ${wanted.slice(0, hash)}`
  const projects = hash > 0 ? sql<boolean>`${visible} and ${named}` : visible
  if (digits !== '') return await readHints(ctx, byNumber(projects, digits, most), most, exactly(digits))
  if (hash >= 0 || wanted === '') return await readHints(ctx, newest(projects, most), most)
  const near = await readHints(ctx, byWord(projects, wanted, projectId, most), most)
  if (near.length === most) return near
  const begun = sql<boolean>`${visible} and starts_with(lower(project.name), ${wanted})`
  return await readHints(
    ctx,
    sql`(${byWord(projects, wanted, projectId, most)}) union (${byName(projects, wanted, most)})
      union (${byOwner(projects, await ownersFrom(ctx, wanted, projectId), most)}) union (${newest(begun, most)})`,
    most,
  )
}

/**
 * The newest runs of each project: a look into an index per project, not at its runs. Numbers rise with time, and
 * their index alone begins with the project: the one of all ids is long for a project with few runs.
 */
function newest(projects: RawBuilder<boolean>, most: number): Query {
  return ofEach(
    projects,
    sql`select * from runs where project_id = project.id order by number desc limit ${most}`,
  )
}

/** 14 begins 14, 140 to 149, 1,400 to 1,499 and so on: ranges, the newest of each. */
function byNumber(projects: RawBuilder<boolean>, digits: string, most: number): Query {
  const ranges: Query[] = []
  for (let size = 1; Number(digits) * size <= MAX_NUMBER && Number(digits) > 0; size *= 10) {
    const from = Number(digits) * size
    const to = Math.min(from + size - 1, MAX_NUMBER)
    ranges.push(sql`(select * from runs where project_id = project.id and number between ${from} and ${to}
      order by number desc limit ${most})`)
  }
  return ofEach(
    projects,
    ranges.length === 0 ? sql`select * from runs where false` : sql.join(ranges, sql` union all `),
  )
}

/** Names that begin with the word, old runs too. */
function byName(projects: RawBuilder<boolean>, word: string, most: number): Query {
  const pattern = `${word.replace(/[\\%_]/g, '\\$&')}%`
  return ofEach(
    projects,
    sql`select * from runs where project_id = project.id and lower(name) like ${pattern} limit ${most}`,
  )
}

/** The newest runs of each of these owners, whose names are in small letters. */
function byOwner(projects: RawBuilder<boolean>, owners: string[], most: number): Query {
  return ofEach(
    projects,
    sql`select run.* from unnest(${owners}::text[]) wanted(owner) cross join lateral (
      select * from runs where project_id = project.id and lower(owner) = wanted.owner order by id desc limit ${most}
    ) run`,
  )
}

const OWNERS_LIMIT = 5

async function ownersFrom(
  ctx: Pick<Ctx, 'db'>,
  word: string,
  projectId: number | undefined,
): Promise<string[]> {
  const names = (await ownerNames(ctx, projectId)).map((name) => name.toLowerCase())
  return names.filter((name) => name.startsWith(word)).slice(0, OWNERS_LIMIT)
}

/** Names that hold the word and owners that begin with it, among the newest runs. */
function byWord(
  projects: RawBuilder<boolean>,
  word: string,
  projectId: number | undefined,
  most: number,
): Query {
  return sql`select ${COLUMNS} from (${newestRuns(projectId)}) run
    join projects project on project.id = run.project_id
    where (position(${word} in lower(run.name)) > 0 or starts_with(lower(run.owner), ${word})) and ${projects}
    order by run.id desc limit ${most}`
}

function newestRuns(projectId: number | undefined): Query {
  return projectId === undefined
    ? sql`select * from runs order by id desc limit ${RUNS_LIMIT}`
    : sql`select * from runs where project_id = ${projectId} order by number desc limit ${RUNS_LIMIT}`
}

const COLUMNS = sql`run.id, run.number, ${refSql} as ref, run.name, run.owner`

function ofEach(projects: RawBuilder<boolean>, runs: Query): Query {
  return sql`select ${COLUMNS} from projects project cross join lateral (${runs}) run where ${projects}`
}

function exactly(digits: string): number {
  return Math.min(Number(digits), MAX_NUMBER)
}

async function readHints(ctx: Pick<Ctx, 'db'>, runs: Query, most: number, first = 0): Promise<RunHint[]> {
  const { rows } = await sql<RunHint>`select ref, name, owner from (${runs}) run
    order by number = ${first} desc, id desc limit ${most}`.execute(ctx.db)
  return rows
}
