import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import { invalid } from '../../errors.ts'
import type { Account } from '../people/account.ts'
import { resolveClauses } from '../people/resolve-clauses.ts'
import { findProject, type ProjectScope } from '../projects/resolve-project.ts'
import { compileClauses } from '../query/compile.ts'
import { parseQuery, type PlainClause } from '../query/parse.ts'
import { QuerySyntaxError } from '../query/syntax-error.ts'
import { readRuns } from './read-run.ts'
import type { RunKey, RunView } from './types.ts'

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

/** The keys of runs, newest first. */
export async function findRuns(
  ctx: Pick<Ctx, 'db'>,
  input: { clauses: PlainClause[]; limit: number; projectId?: number; name?: string; after?: string },
): Promise<RunKey[]> {
  const conditions = [await compileClauses(ctx, input.clauses, input.projectId)]
  if (input.projectId !== undefined) conditions.push(sql`run.project_id = ${input.projectId}`)
  if (input.name !== undefined) conditions.push(sql`run.name = ${input.name}`)
  if (input.after !== undefined) conditions.push(sql`run.id < ${input.after}::uuid`)
  const { rows } = await sql<RunKey>`
    select run.project_id as "projectId", run.id as "runId" from runs run
    where ${sql.join(conditions, sql` and `)} order by run.id desc limit ${input.limit}`.execute(ctx.db)
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
