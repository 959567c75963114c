import type { Kysely, Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database } from '../../db/tables.ts'
import type { MetricName } from '../../points/index.ts'
import { wellKnownDirection } from './well-known.ts'

const INSERT = `/* insert-metrics, later */ insert into metrics (project_id, name, direction, direction_source, created_at)
  select project_id, name, direction, case when direction is not null then 'well_known' end, $4
  from unnest($1::int[], $2::text[], $3::text[]) as metric(project_id, name, direction)
  on conflict (project_id, name) do nothing`

const READ = `/* read-metric-ids */ select wanted.project_id, wanted.name, metric.id
  from unnest($1::int[], $2::text[]) as wanted(project_id, name)
  join metrics metric on metric.project_id = wanted.project_id and metric.name = wanted.name`

/**
 * Defines metrics that are new. A well-known name gets its usual direction, marked as derived from the name.
 * @returns the id of each of the named metrics
 */
export async function ensureMetricIds(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  names: MetricName[],
): Promise<(projectId: number, name: string) => number> {
  const ids = new Map<string, number>()
  const idOf = (projectId: number, name: string) => ids.get(`${projectId} ${name}`) as number
  if (names.length === 0) return idOf
  for (const { project_id, name, id } of await readMetricIds(trx, names)) ids.set(`${project_id} ${name}`, id)
  const missing = names.filter(({ projectId, name }) => !ids.has(`${projectId} ${name}`)).toSorted(byKey)
  if (missing.length === 0) return idOf
  const projects = missing.map(({ projectId }) => projectId)
  const words = missing.map(({ name }) => name)
  const directions = words.map((name) => wellKnownDirection(name) ?? null)
  await runStatement(trx, INSERT, [projects, words, directions, ctx.clock.now()])
  for (const { project_id, name, id } of await readMetricIds(trx, missing))
    ids.set(`${project_id} ${name}`, id)
  return idOf
}

interface MetricId {
  project_id: number
  name: string
  id: number
}

/** The ids of those that are defined. */
export async function readMetricIds(db: Kysely<Database>, names: MetricName[]): Promise<MetricId[]> {
  return await runStatement<MetricId>(db, READ, [
    names.map(({ projectId }) => projectId),
    names.map(({ name }) => name),
  ])
}

/** One order for all transactions, so that two of them with new names never wait for each other. */
function byKey(a: MetricName, b: MetricName): number {
  return a.projectId - b.projectId || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}
