import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import type { Database, RunKey, RunStatus } from '../../../db/tables.ts'
import { emit } from '../../../events.ts'
import * as points from '../../../points/index.ts'
import { decideRecords } from '../../records/decide-records.ts'
import { removeFromBoards } from '../../records/boards.ts'
import type { RecordSet } from '../types.ts'

/** `before` is undefined for a run that was just made, whose summaries rank already where it is finished. */
export interface StatusChange {
  key: RunKey
  before: RunStatus | undefined
  after: RunStatus
}

/**
 * What follows from the new status of runs, in the transaction that changes them: a finished run ranks and may win
 * records; one that leaves that state gives them back; every failure emits an event.
 * @returns the records that each of them won
 */
export async function settleRuns(
  trx: Transaction<Database>,
  ctx: Ctx,
  changes: StatusChange[],
): Promise<RecordSet[][]> {
  const real = changes.filter(({ before, after }) => before !== after)
  for (const { key, before } of real) if (before === 'finished') await removeFromBoards(trx, ctx, key)
  for (const { key, before, after } of real) {
    if (after === 'running' && before === 'lost') await emit(trx, ctx, 'run.returned', key)
    if (after !== 'running' && after !== 'finished')
      await emit(trx, ctx, 'run.failed', { ...key, status: after })
  }
  const changed = real.filter(({ before }) => before !== undefined)
  await points.end(
    trx,
    ctx,
    changed.map(({ key, after }) => ({ key, status: after })),
  )
  const finished = real.filter(({ after }) => after === 'finished')
  const records = await winRecords(
    trx,
    ctx,
    finished.map(({ key }) => key),
  )
  return changes.map(({ key }) => records.get(key.runId) ?? [])
}

/** Decides the records of finished runs. Only a run that beat one emits an event: no rule listens for the others. */
async function winRecords(
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
      await emit(trx, ctx, 'record.beaten', { ...key, at, records })
    }
  }
  return new Map(keys.map(({ runId }, index) => [runId, decisions[index]?.answer ?? []]))
}
