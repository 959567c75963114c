import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Step } from '../../db/step.ts'
import type { Database } from '../../db/tables.ts'
import type { SetRecord } from '../../events.ts'
import { beats } from '../metrics/compare.ts'
import type { RecordSet, RunKey } from '../runs/types.ts'
import { chosenValue } from './metric-value.ts'

export interface Decision {
  /** For the event. */
  set: SetRecord[]
  /** For the answer to whoever finished the run. */
  answer: RecordSet[]
}

/**
 * Decides which records a run that just finished (and is locked) takes, and stores them. Runs of one project that
 * finish together take turns per metric, so two of them never beat the same record.
 */
export async function decideRecords(trx: Transaction<Database>, ctx: Ctx, key: RunKey): Promise<Decision> {
  const candidates = await lockCandidates(trx, key)
  const holders = await currentRecords(
    trx,
    key.projectId,
    candidates.map((one) => one.metric_id),
  )
  const decision: Decision = { set: [], answer: [] }
  for (const candidate of candidates) {
    const { metric_id: metricId, name, direction, aggregate, min_delta: minDelta } = candidate
    const chosen = chosenValue(candidate, aggregate, direction)
    if (chosen === undefined || direction === null) continue
    const holder = holders.get(metricId)
    if (holder?.run_id === key.runId) continue
    if (holder !== undefined && !beats({ value: chosen.value, record: holder.value, direction, minDelta }))
      continue
    await insertRecord(trx, ctx, key, metricId, chosen)
    decision.set.push({
      metricId,
      value: chosen.value,
      step: chosen.step === null ? null : String(chosen.step),
      previous:
        holder === undefined
          ? null
          : { runId: holder.run_id, value: holder.value, setAt: holder.set_at.toISOString() },
    })
    decision.answer.push({
      metric: name,
      value: chosen.value,
      previous: holder === undefined ? null : { run: holder.ref, value: holder.value },
    })
  }
  return decision
}

/** The run's metrics that have a direction, with their definitions locked in the order of their ids. */
async function lockCandidates(trx: Transaction<Database>, key: RunKey) {
  return await trx
    .selectFrom('metrics')
    .innerJoin('metric_summaries as summary', (join) =>
      join
        .onRef('summary.project_id', '=', 'metrics.project_id')
        .onRef('summary.metric_id', '=', 'metrics.id'),
    )
    .selectAll('summary')
    .select(['metrics.name', 'metrics.direction', 'metrics.aggregate', 'metrics.min_delta'])
    .where('summary.project_id', '=', key.projectId)
    .where('summary.run_id', '=', key.runId)
    .where('metrics.project_id', '=', key.projectId)
    .where('metrics.direction', 'is not', null)
    .orderBy('metrics.id')
    .forNoKeyUpdate('metrics')
    .execute()
}

interface Holder {
  run_id: string
  value: number
  set_at: Date
  ref: string
}

/** Metric id to the record that stands now. */
export async function currentRecords(
  trx: Transaction<Database>,
  projectId: number,
  metricIds: number[],
): Promise<Map<number, Holder>> {
  const { rows } = await sql<Holder & { metric_id: number }>`
    select wanted.metric_id, record.run_id, record.value, record.set_at, project.name || '#' || run.number as ref
    from unnest(${metricIds}::int[]) as wanted(metric_id)
    cross join lateral (
      select run_id, value, set_at from records
      where project_id = ${projectId} and metric_id = wanted.metric_id order by id desc limit 1
    ) record
    join runs run on run.project_id = ${projectId} and run.id = record.run_id
    join projects project on project.id = ${projectId}`.execute(trx)
  return new Map(rows.map((row) => [row.metric_id, row]))
}

async function insertRecord(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  metricId: number,
  chosen: { value: number; step: Step | null },
): Promise<void> {
  await trx
    .insertInto('records')
    .values({
      project_id: key.projectId,
      metric_id: metricId,
      run_id: key.runId,
      value: chosen.value,
      step: chosen.step === null ? null : String(chosen.step),
      set_at: ctx.clock.now(),
    })
    .execute()
}
