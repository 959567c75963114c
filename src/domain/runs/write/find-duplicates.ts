import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Statement } from '../../../db/statements.ts'
import type { Database, RunStatus } from '../../../db/tables.ts'
import { chosenValue } from '../../values/run-value.ts'
import { runUrl } from '../run-url.ts'
import type { Duplicate } from '../types.ts'
import { refOf } from '../../values/ref.ts'

const SHOWN_LIMIT = 5

interface Inputs {
  project: string
  fingerprint: string
}

/** An earlier run of the start at this place. */
export interface FoundRun {
  at: number
  project_id: number
  id: string
  number: number
  status: RunStatus
}

// index: runs_by_fingerprint
const FIND = `/* find-duplicates */ select wanted.at::int - 1 as at, run.project_id, run.id, run.number, run.status
  from unnest($1::text[], $2::text[]) with ordinality as wanted(project, fingerprint, at)
  join projects project on project.name = wanted.project
  cross join lateral (
    select project_id, id, number, status from runs
    where project_id = project.id and fingerprint = wanted.fingerprint and status in ('running', 'finished')
      and invalidated_at is null
    order by number desc limit ${SHOWN_LIMIT}
  ) run`

/**
 * Finds earlier runs with the same inputs, newest first, for each of some starts; undefined asks for nothing. Only
 * running and finished ones: to try again what failed, was killed, got lost or was made invalid is no duplicate.
 */
export function findDuplicates(starts: (Inputs | undefined)[]): Statement {
  const parameters = [
    starts.map((start) => start?.project ?? null),
    starts.map((start) => start?.fingerprint ?? null),
  ]
  return { text: FIND, parameters }
}

/** What was found, with the values of those runs, for each start. */
export async function toDuplicates(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'publicUrl'>,
  starts: (Inputs | undefined)[],
  found: FoundRun[],
): Promise<Duplicate[][]> {
  if (found.length === 0) return starts.map(() => [])
  const values = await readValues(trx, found)
  return starts.map((start, index) =>
    found.flatMap((run) => {
      if (start === undefined || run.at !== index) return []
      const own = values.filter((one) => one.run === run.id)
      return {
        run: refOf(start.project, run.number),
        url: runUrl(ctx, start.project, run.number),
        status: run.status,
        metrics: Object.fromEntries(own.map(({ name, value }) => [name, value])),
      }
    }),
  )
}

async function readValues(trx: Transaction<Database>, found: FoundRun[]) {
  const projects = [...new Set(found.map(({ project_id }) => project_id))]
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
    const chosen = chosenValue(row, row)
    return chosen === undefined ? [] : [{ run: row.run_id, name: row.name, value: chosen.value }]
  })
}
