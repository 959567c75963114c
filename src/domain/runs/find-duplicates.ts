import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database, RunStatus } from '../../db/tables.ts'
import { chosenValue } from '../records/metric-value.ts'
import { runUrl } from './run-url.ts'
import type { Duplicate } from './types.ts'

const SHOWN = 5

export interface Inputs {
  project: { id: number; name: string }
  fingerprint: string
}

interface Found {
  at: number
  id: string
  number: number
  status: RunStatus
}

const FIND = `/* find-duplicates */ select wanted.at::int, run.id, run.number, run.status
  from unnest($1::int[], $2::text[]) with ordinality as wanted(project_id, fingerprint, at)
  cross join lateral (
    select id, number, status from runs
    where project_id = wanted.project_id and fingerprint = wanted.fingerprint and status in ('running', 'finished')
    order by number desc limit ${SHOWN}
  ) run`

/**
 * Earlier runs with the same inputs, newest first, for each of some starts. Only running and finished ones: to try
 * again what failed, was killed or got lost is no duplicate.
 */
export async function findDuplicates(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  starts: (Inputs | undefined)[],
): Promise<Duplicate[][]> {
  const asked = starts.filter((start) => start !== undefined)
  if (asked.length === 0) return starts.map(() => [])
  const found = await runStatement<Found>(trx, FIND, [
    asked.map(({ project }) => project.id),
    asked.map(({ fingerprint }) => fingerprint),
  ])
  const values = found.length === 0 ? [] : await readValues(trx, asked, found)
  const duplicates = asked.map(({ project }, index) =>
    found
      .filter(({ at }) => at === index + 1)
      .map((run) => ({
        run: `${project.name}#${run.number}`,
        url: runUrl(ctx, project.name, run.number),
        status: run.status,
        metrics: Object.fromEntries(
          values.filter((one) => one.run === run.id).map((one) => [one.name, one.value]),
        ),
      })),
  )
  return starts.map((start) => (start === undefined ? [] : (duplicates[asked.indexOf(start)] ?? [])))
}

async function readValues(trx: Transaction<Database>, asked: Inputs[], found: Found[]) {
  const projects = [...new Set(asked.map(({ project }) => project.id))]
  const rows = await trx
    .selectFrom('metric_summaries as summary')
    .innerJoin('metrics', (join) =>
      join
        .onRef('metrics.project_id', '=', 'summary.project_id')
        .onRef('metrics.id', '=', 'summary.metric_id'),
    )
    .selectAll('summary')
    .select(['metrics.name', 'metrics.direction', 'metrics.aggregate'])
    .where('summary.project_id', 'in', projects)
    .where(
      'summary.run_id',
      'in',
      found.map(({ id }) => id),
    )
    .orderBy('metrics.name')
    .execute()
  return rows.flatMap((row) => {
    const aggregate = row.direction === null && row.aggregate === 'best' ? 'last' : row.aggregate
    const chosen = chosenValue(row, aggregate, row.direction)
    return chosen === undefined ? [] : [{ run: row.run_id, name: row.name, value: chosen.value }]
  })
}
