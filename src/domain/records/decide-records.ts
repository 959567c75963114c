import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { exactDouble, insertRows, runTogether } from '../../db/statements.ts'
import type { Aggregate, Database, Direction, RunKey } from '../../db/tables.ts'
import type { SetRecord } from '../../events.ts'
import { beats } from '../values/better.ts'
import type { Summary } from '../../points/index.ts'
import type { RecordSet } from '../runs/types.ts'
import { type ChosenValue, chosenValue } from '../values/run-value.ts'
import { REF_TEXT } from '../values/ref.ts'

export interface Decision {
  /** For the event. */
  set: SetRecord[]
  /** For the answer to the client that finished the run. */
  answer: RecordSet[]
}

/**
 * Decides which records runs that just finished (and are locked) take, one run after the other, and stores them.
 * Runs that finish together elsewhere take turns per metric, so two of them never beat the same record.
 * @returns a decision for each run
 */
export async function decideRecords(
  trx: Transaction<Database>,
  ctx: Ctx,
  keys: RunKey[],
): Promise<Decision[]> {
  const { candidates, holders } = await lockCandidates(trx, keys)
  const set: Taken[] = []
  const decisions = keys.map((key) => {
    const own = candidates.filter(({ run_id }) => run_id === key.runId)
    return decideRun(ctx, key, own, holders, set)
  })
  await insertRows(
    trx,
    'records',
    ['project_id', 'metric_id', 'run_id', 'value', 'step', 'set_at'],
    set.map(({ key, metricId, chosen, holder }) => ({
      project_id: key.projectId,
      metric_id: metricId,
      run_id: key.runId,
      value: exactDouble(chosen.value),
      step: chosen.step === null ? null : String(chosen.step),
      set_at: holder.set_at,
    })),
  )
  return decisions
}

interface Taken {
  key: RunKey
  metricId: number
  chosen: ChosenValue
  holder: Holder
}

/** Takes what the run beats: `holders` then knows the new ones, so that the next run has to beat those. */
function decideRun(
  ctx: Pick<Ctx, 'clock'>,
  key: RunKey,
  candidates: Candidate[],
  holders: Map<number, Holder>,
  set: Taken[],
): Decision {
  const decision: Decision = { set: [], answer: [] }
  for (const candidate of candidates) {
    const { metric_id: metricId, name, direction, min_delta: minDelta, ref } = candidate
    const chosen = chosenValue(candidate, candidate)
    const former = holders.get(metricId)
    if (chosen === undefined || former?.run_id === key.runId) continue
    if (former !== undefined && !beats({ value: chosen.value, record: former.value, direction, minDelta }))
      continue
    const holder = { run_id: key.runId, value: chosen.value, set_at: ctx.clock.now(), ref }
    holders.set(metricId, holder)
    set.push({ key, metricId, chosen, holder })
    decision.set.push({
      metricId,
      value: chosen.value,
      step: chosen.step === null ? null : String(chosen.step),
      previous:
        former === undefined
          ? null
          : { runId: former.run_id, value: former.value, setAt: former.set_at.toISOString() },
    })
    const previous = former === undefined ? null : { run: former.ref, value: former.value }
    decision.answer.push({ metric: name, value: chosen.value, previous })
  }
  return decision
}

type Candidate = Summary & {
  project_id: number
  run_id: string
  metric_id: number
  name: string
  direction: Direction
  aggregate: Aggregate
  min_delta: number
  ref: string
}

const CANDIDATES = `/* lock-candidates */ select summary.project_id, summary.run_id, summary.metric_id, summary.last_value, summary.last_step,
    summary.last_stepped, summary.min_value, summary.min_step, summary.max_value, summary.max_step,
    metric.name, metric.direction, metric.aggregate, metric.min_delta, ${REF_TEXT} as ref
  from unnest($1::int[], $2::uuid[]) as finished(project_id, run_id)
  join metric_summaries summary on summary.project_id = finished.project_id and summary.run_id = finished.run_id
  join metrics metric on metric.project_id = summary.project_id and metric.id = summary.metric_id
  join runs run on run.project_id = finished.project_id and run.id = finished.run_id
  join projects project on project.id = finished.project_id
  where metric.direction is not null and run.invalidated_at is null
  order by metric.project_id, metric.id for no key update of metric`

interface Holder {
  run_id: string
  value: number
  set_at: Date
  ref: string
}

// Read after the definitions are locked: a statement sees what was committed when it began.
const HOLDERS = `/* read-records */ select metric.id as metric_id, record.run_id, record.value, record.set_at,
    ${REF_TEXT} as ref
  from (
    select distinct metric.project_id, metric.id from unnest($1::int[], $2::uuid[]) as finished(project_id, run_id)
    join metric_summaries summary on summary.project_id = finished.project_id and summary.run_id = finished.run_id
    join metrics metric on metric.project_id = summary.project_id and metric.id = summary.metric_id
    where metric.direction is not null
  ) metric
  cross join lateral (
    select run_id, value, set_at from records
    where project_id = metric.project_id and metric_id = metric.id order by id desc limit 1
  ) record
  join runs run on run.project_id = metric.project_id and run.id = record.run_id
  join projects project on project.id = metric.project_id`

/**
 * The runs' metrics that have a direction, with their definitions locked in the order of their ids, and by metric
 * the record that stands now.
 */
async function lockCandidates(
  trx: Transaction<Database>,
  keys: RunKey[],
): Promise<{ candidates: Candidate[]; holders: Map<number, Holder> }> {
  const parameters = [keys.map(({ projectId }) => projectId), keys.map(({ runId }) => runId)]
  const [candidates, holders] = await runTogether<[Candidate, Holder & { metric_id: number }]>(trx, [
    { text: CANDIDATES, parameters },
    { text: HOLDERS, parameters },
  ])
  return { candidates, holders: new Map(holders.map((row) => [row.metric_id, row])) }
}
