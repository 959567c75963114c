import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { invalid } from '../../../errors.ts'
import type { Account } from '../../people/account.ts'
import { resolveClauses } from '../../people/resolve-clauses.ts'
import { findProject, type ProjectScope } from '../../projects/resolve-project.ts'
import { plainClause } from '../../query/clause-sql.ts'
import { compileClauses, withinProject } from '../../query/compile.ts'
import { parseQuery, type PlainClause } from '../../query/parse.ts'
import { QuerySyntaxError } from '../../query/syntax-error.ts'
import { readRuns } from './read-run.ts'
import type { RunKey } from '../../../db/tables.ts'
import type { RunView } from '../types.ts'

export interface RunPage {
  items: RunView[]
  /** Pass it as `cursor` for what comes after; null at the end. */
  next: string | null
}

export interface ListInput {
  project?: string
  name?: string
  q?: string
  limit: number
  cursor?: string
  visible?: number
  /** Who asks, for `by:me`. */
  asker: Account
}

/**
 * Runs, newest first, by the clauses that people type in chat.
 * @throws AppError for an unknown project or field, a clause that does not parse, or a cursor of something else
 */
export async function listRuns(
  ctx: Pick<Ctx, 'db' | 'clock' | 'publicUrl'>,
  input: ListInput,
): Promise<RunPage> {
  const query = parseQuery(input.q ?? '', ctx.clock.now())
  const [stray] = query.words
  if (stray !== undefined)
    throw new QuerySyntaxError(stray.text, stray.position, 'a condition such as lr<0.01')
  const scope: ProjectScope = input.visible === undefined ? {} : { projectId: input.visible }
  const name = input.project ?? query.project
  const project = name === undefined ? undefined : await findProject(ctx, name, scope)
  const found = await findRuns(ctx, {
    clauses: await resolveClauses(ctx, input.asker, query.clauses),
    limit: Math.min(input.limit, query.top ?? input.limit) + 1,
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.cursor === undefined ? {} : { after: readCursor(input.cursor) }),
    ...((project?.id ?? input.visible) === undefined
      ? {}
      : { projectId: (project?.id ?? input.visible) as number }),
  })
  const keys = found.slice(0, Math.min(input.limit, query.top ?? input.limit))
  const last = keys.at(-1)
  const more = found.length > keys.length && last !== undefined && query.top === undefined
  return { items: await readRuns(ctx, keys), next: more ? writeCursor(last) : null }
}

/** How many of the newest runs are looked at for each one that is wanted. */
const LOOKS_PER_ROW = 100
const MAX_LOOKS = 5_000

/**
 * The keys of runs, newest first. The newest ones are looked at (of an owner, of a status, from before a time), which
 * is enough for most questions; where too few of them fit, all that fit are collected by their indexes.
 */
export async function findRuns(
  ctx: Pick<Ctx, 'db'>,
  input: { clauses: PlainClause[]; limit: number; projectId?: number; name?: string; after?: string },
): Promise<RunKey[]> {
  const { clauses, limit, projectId, name, after } = input
  const filter = await compileClauses(ctx, clauses, projectId)
  const older = after === undefined ? sql`true` : sql`run.id < ${after}::uuid`
  const named = name === undefined ? sql`true` : sql`lower(run.name) = lower(${name}) and run.name = ${name}`
  // planner-hint: look-up-per-row
  const fit = sql`cross join lateral (select from (select near.*) run where ${named} and ${filter.condition} offset 0) fit`
  // index: runs_late
  // planner-hint: late-starts-first
  const until = latestStart(clauses)
  const late =
    until === undefined
      ? sql``
      : sql`union all (select near.project_id, near.id from (
          select run.* from runs run where ${withinProject(projectId)(sql`run.project_id`)} and ${older}
            and run.id >= ${idAfter(until)}::uuid and run.started_at <= ${until} and ${LATE} offset 0) near
        ${fit} order by near.id desc limit ${limit})`
  const before = until === undefined ? older : sql`${older} and run.id < ${idAfter(until)}::uuid`
  const from = sql.join([before, ...inOrder(clauses, projectId)], sql` and `)
  const near = await readKeys(ctx, {
    limit,
    runs: sql`(select near.project_id, near.id from (
        select run.* from runs run where ${own(projectId)} and ${from} order by run.id desc limit ${looksFor(input)}) near
      ${fit} order by near.id desc limit ${limit}) ${late}`,
  })
  if (near.length === limit || (clauses.length === 0 && name === undefined)) return near
  const fits =
    name === undefined
      ? filter.fits
      : sql`select run.project_id, run.id from runs run
          where ${withinProject(projectId)(sql`run.project_id`)} and ${named} and ${filter.condition}`
  return await readKeys(ctx, {
    limit,
    runs: sql`select run.project_id, run.id from (${fits}) run where ${older}`,
  })
}

// index: runs_by_owner, runs_by_status
/** Clauses whose indexes have the order of a project's list: of the runs that meet them the newest are looked at. */
function inOrder(clauses: PlainClause[], projectId: number | undefined): RawBuilder<boolean>[] {
  if (projectId === undefined) return []
  return clauses.flatMap((clause) =>
    !clause.negated && (clause.kind === 'owner' || clause.kind === 'status')
      ? [plainClause(clause, withinProject(projectId)).condition]
      : [],
  )
}

const DAY_MS = 86_400_000

/** As the index runs_late has it: recorded more than a day after the start. */
const LATE = sql<boolean>`run.created_at - run.started_at > interval '1 day'`

/** Runs that ended up in the list have started by then. */
function latestStart(clauses: PlainClause[]): Date | undefined {
  const times = clauses.flatMap((clause) => (clause.kind === 'until' && !clause.negated ? [clause.at] : []))
  return times.reduce<Date | undefined>(
    (least, at) => (least === undefined || at < least ? at : least),
    undefined,
  )
}

/** Above the id of every run that started by then and was recorded within a day: ids begin with their milliseconds. */
function idAfter(until: Date): string {
  const ms = Math.min(Math.max(until.getTime() + DAY_MS + 1, 0), 2 ** 48 - 1)
  return ms.toString(16).padStart(12, '0').padEnd(32, '0')
}

function own(projectId: number | undefined): RawBuilder<boolean> {
  return projectId === undefined ? sql`true` : sql`run.project_id = ${projectId}`
}

function looksFor({
  clauses,
  name,
  limit,
}: {
  clauses: PlainClause[]
  name?: string
  limit: number
}): number {
  if (clauses.length === 0 && name === undefined) return limit
  return Math.max(limit, Math.min(LOOKS_PER_ROW * limit, MAX_LOOKS))
}

/** Materialized, for a planner that knows of the limit walks through all runs in the hope of meeting some soon. */
async function readKeys(
  ctx: Pick<Ctx, 'db'>,
  { runs, limit }: { runs: RawBuilder<unknown>; limit: number },
): Promise<RunKey[]> {
  // planner-hint: found-first
  const { rows } = await sql<RunKey>`with found as materialized (${runs})
    select project_id as "projectId", id as "runId" from found order by id desc limit ${limit}`.execute(
    ctx.db,
  )
  return rows
}

function writeCursor({ runId }: RunKey): string {
  return Buffer.from(runId, 'hex').toString('base64url')
}

function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('hex')
  if (id.length === 32) return id
  throw invalid('cursor', 'This is not a cursor that a list of runs gave.', { value: cursor })
}
