import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { runStatement } from '../../db/statements.ts'
import type { Database, RunStatus } from '../../db/tables.ts'
import { emit } from '../../events.ts'
import { compactEnded } from '../metrics/compact-soon.ts'
import { decideRecords } from '../records/decide-records.ts'
import { rebuildRecords } from '../records/rebuild-records.ts'
import type { RecordSet, RunKey } from './types.ts'

/** `before` is undefined for a run that was just made, whose summaries rank already where it is finished. */
export interface StatusChange {
  key: RunKey
  before: RunStatus | undefined
  after: RunStatus
}

/**
 * What follows from the new status of runs, in the transaction that changes them: a finished run ranks and may take
 * records; one that leaves that state gives them back; every failure is told to whoever watches.
 * @returns the records that each of them took
 */
export async function settleRuns(
  trx: Transaction<Database>,
  ctx: Ctx,
  changes: StatusChange[],
): Promise<RecordSet[][]> {
  const real = changes.filter(({ before, after }) => before !== after)
  for (const { key, before } of real) if (before === 'finished') await takeOffBoards(trx, ctx, key)
  for (const { key, before, after } of real) {
    if (after === 'running' && before === 'lost') await emit(trx, ctx, 'run.returned', key)
    if (after !== 'running' && after !== 'finished')
      await emit(trx, ctx, 'run.ended', { ...key, status: after })
  }
  const ended = real.filter(({ before, after }) => before !== undefined && after !== 'running')
  await compactEnded(
    trx,
    ctx,
    ended.map(({ key }) => key),
  )
  const finished = real.filter(({ after }) => after === 'finished')
  await setRanked(
    trx,
    finished.filter(({ before }) => before !== undefined).map(({ key }) => key),
    true,
  )
  const records = await takeRecords(
    trx,
    ctx,
    finished.map(({ key }) => key),
  )
  return changes.map(({ key }) => records.get(key.runId) ?? [])
}

/** Only a run that beat a record is told of: nobody hears of the others, and most runs beat none. */
async function takeRecords(
  trx: Transaction<Database>,
  ctx: Ctx,
  keys: RunKey[],
): Promise<Map<string, RecordSet[]>> {
  if (keys.length === 0) return new Map()
  const decisions = await decideRecords(trx, ctx, keys)
  const at = ctx.clock.now().toISOString()
  for (const [index, key] of keys.entries()) {
    const records = decisions[index]?.set ?? []
    if (records.some(({ previous }) => previous !== null)) {
      await emit(trx, ctx, 'run.finished', { ...key, at, records })
    }
  }
  return new Map(keys.map(({ runId }, index) => [runId, decisions[index]?.answer ?? []]))
}

const SET_RANKED = `/* set-ranked, later */ update metric_summaries summary set ranked = $3
  from unnest($1::int[], $2::uuid[]) as run(project_id, run_id)
  where summary.project_id = run.project_id and summary.run_id = run.run_id`

async function setRanked(trx: Transaction<Database>, keys: RunKey[], ranked: boolean): Promise<void> {
  if (keys.length === 0) return
  const [projects, runs] = [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId)]
  await runStatement(trx, SET_RANKED, [projects, runs, ranked])
}

async function takeOffBoards(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<void> {
  await setRanked(trx, [key], false)
  const held = await trx
    .selectFrom('metrics')
    .selectAll()
    .where('project_id', '=', key.projectId)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('records')
        .select('metric_id')
        .where('project_id', '=', key.projectId)
        .where('run_id', '=', sql<string>`${key.runId}::uuid`),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  for (const metric of held) await rebuildRecords(trx, ctx, metric)
}
