import { type RawBuilder, sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Direction, MetricRow } from '../../db/tables.ts'
import type { Project } from '../projects/resolve-project.ts'
import { compileClauses } from '../query/compile.ts'
import type { PlainClause } from '../query/parse.ts'
import { runUrl } from '../runs/run-url.ts'
import { requireDirection } from '../metrics/find-metric.ts'
import { isFiniteSql, valueSql } from '../values/run-value-sql.ts'
import { refOf } from '../values/ref.ts'
import { bestFirstSql, bestOfSql, isBetterSql } from '../values/better-sql.ts'

export interface FrontRun {
  id: string
  ref: string
  name: string | null
  owner: string | null
  url: string
  x: number
  y: number
}

export interface ParetoFront {
  /** The number of finished runs with finite values of both metrics. */
  runs: number
  /** The runs that no other run beats in both metrics, in the order of x. Of equal runs, only the first. */
  front: FrontRun[]
  /** The newest of the runs that are not on the front. */
  others: { x: number; y: number }[]
}

export interface FrontInput {
  project: Project
  x: MetricRow
  y: MetricRow
  clauses?: PlainClause[]
}

const FRONT_LIMIT = 100
const OTHERS_LIMIT = 300

interface Read {
  id: string
  number: number
  name: string | null
  owner: string | null
  x: number
  y: number
  leads: boolean
  runs: number
}

/**
 * The finished runs that are best in two metrics at once, each by its own direction. PostgreSQL reads all finished
 * runs of the project.
 * @throws AppError conflict while one of the metrics has no direction
 */
export async function paretoFront(
  ctx: Pick<Ctx, 'db' | 'publicUrl'>,
  { project, x, y, clauses = [] }: FrontInput,
): Promise<ParetoFront> {
  const directions = { x: requireDirection(project, x), y: requireDirection(project, y) }
  const { condition } = await compileClauses(ctx, clauses, project.id, { ranked: true })
  const rows = await readRows(ctx, project.id, x, y, directions, condition)
  return {
    runs: rows[0]?.runs ?? 0,
    front: rows
      .filter(({ leads }) => leads)
      .map(({ id, number, name, owner, ...row }) => ({
        id,
        ref: refOf(project.name, number),
        name,
        owner,
        url: runUrl(ctx, project.name, number),
        x: row.x,
        y: row.y,
      }))
      .toSorted((a, b) => a.x - b.x),
    others: rows.flatMap((row) => (row.leads ? [] : [{ x: row.x, y: row.y }])),
  }
}

/** A run is on the front when its y is better than that of every other run whose x is at least as good. */
async function readRows(
  ctx: Pick<Ctx, 'db'>,
  projectId: number,
  x: MetricRow,
  y: MetricRow,
  directions: { x: Direction; y: Direction },
  condition: RawBuilder<boolean>,
): Promise<Read[]> {
  const [vx, vy] = [valueSql('of_x', 'metric_x'), valueSql('of_y', 'metric_y')]
  const [xFirst, yFirst] = [bestFirstSql(directions.x), bestFirstSql(directions.y)]
  const { rows } = await sql<Read>`
    with both_values as (
      select run.id, run.number, run.name, run.owner, ${vx} as x, ${vy} as y
      from metric_summaries of_x
      join metric_summaries of_y on of_y.project_id = of_x.project_id and of_y.run_id = of_x.run_id
        and of_y.metric_id = ${y.id}
      join metrics metric_x on metric_x.project_id = of_x.project_id and metric_x.id = of_x.metric_id
      join metrics metric_y on metric_y.project_id = of_y.project_id and metric_y.id = of_y.metric_id
      join runs run on run.project_id = of_x.project_id and run.id = of_x.run_id
      where of_x.project_id = ${projectId} and of_x.metric_id = ${x.id} and of_x.ended and of_x.ranked and of_y.ranked
        and ${isFiniteSql(vx)} and ${isFiniteSql(vy)} and ${condition}
    ), in_order as (
      select *, ${bestOfSql(sql`y`, directions.y)} over (order by x ${xFirst}, y ${yFirst}, number
        rows between unbounded preceding and 1 preceding) as before
      from both_values
    ), ranked as (
      select id, number, name, owner, x, y, before is null or ${isBetterSql(sql`y`, sql`before`, directions.y)} as leads, count(*) over ()::int as runs
      from in_order
    )
    (select * from ranked where leads order by x ${xFirst} limit ${FRONT_LIMIT})
    union all
    (select * from ranked where not leads order by number desc limit ${OTHERS_LIMIT})`.execute(ctx.db)
  return rows
}
