import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement, runTogether, type Statement } from '../../db/statements.ts'
import type { Database } from '../../db/tables.ts'

export interface LockedProject {
  id: number
  name: string
  next_run_number: number
}

const LOCK = `/* lock-projects */ select id, name, next_run_number from projects
  where name = any($1::text[]) order by id for no key update`
const INSERT = `/* insert-projects, later */ insert into projects (name, created_at)
  select name, $2::timestamptz from unnest($1::text[]) as wanted(name) order by name on conflict (name) do nothing`

/**
 * The projects of these names, made where they are new, and their rows taken for this transaction.
 * @param next read in the same round trip, once they are taken
 */
export async function lockProjects<Row>(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  names: string[],
  next: Statement,
): Promise<{ projects: Map<string, LockedProject>; rows: Row[] }> {
  const wanted = [...new Set(names)]
  const lock = () => runTogether<[LockedProject, Row]>(trx, [{ text: LOCK, parameters: [wanted] }, next])
  let [projects, rows] = await lock()
  if (projects.length < wanted.length) {
    await runStatement(trx, INSERT, [wanted, ctx.clock.now()])
    ;[projects, rows] = await lock()
  }
  return { projects: new Map(projects.map((project) => [project.name, project])), rows }
}

/** The project of this name, made when it is new. */
export async function ensureProject(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  name: string,
): Promise<{ id: number; name: string }> {
  const find = () => trx.selectFrom('projects').select(['id', 'name']).where('name', '=', name)
  const found = await find().executeTakeFirst()
  if (found !== undefined) return found
  await runStatement(trx, INSERT, [[name], ctx.clock.now()])
  return await find().executeTakeFirstOrThrow()
}
