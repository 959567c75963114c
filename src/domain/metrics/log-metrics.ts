import { type Insertable, sql, type Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { inBatches } from '../../db/batches.ts'
import { compareSteps, MAX_STEP, type Step, toStep } from '../../db/step.ts'
import type { Database, MetricSummariesTable } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'
import { hasEnded, lockRun } from '../runs/lock-run.ts'
import { noteWrite } from '../runs/note-write.ts'
import type { RunKey, SeriesInput } from '../runs/types.ts'
import { dropRepeats } from './drop-repeats.ts'
import { ensureMetrics } from './ensure-metrics.ts'
import { foldPoints, type Point, type Summary } from './fold-points.ts'

/**
 * Stores points of a run and keeps its summaries right, whatever the order in which points arrive and however
 * many connections bring them: writers of one run take turns on its row.
 * @throws AppError not_found, or conflict when the run has ended and there is a point that it does not have yet
 */
export async function logMetrics(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  series: SeriesInput[],
): Promise<{ accepted: number; repeats: number }> {
  const run = await lockRun(trx, key)
  const counts = await storeSeries(trx, ctx, key, series, hasEnded(run) ? run.status : undefined)
  if (!hasEnded(run)) await noteWrite(trx, ctx, run)
  return counts
}

type NewSummary = Insertable<MetricSummariesTable>

interface Pending {
  metricId: number
  name: string
  input: SeriesInput
}

/** The part that a run's first POST shares: the run is ours already. `ended` names the status that refuses new points. */
export async function storeSeries(
  trx: Transaction<Database>,
  ctx: Ctx,
  key: RunKey,
  series: SeriesInput[],
  ended?: string,
): Promise<{ accepted: number; repeats: number }> {
  if (series.length === 0) return { accepted: 0, repeats: 0 }
  const names = [...new Set(series.map((one) => one.name))]
  const metrics = await ensureMetrics(trx, ctx, key.projectId, names)
  const pending = series.map((input) => ({
    metricId: metrics.get(input.name)?.id ?? 0,
    name: input.name,
    input,
  }))
  const summaries = await readSummaries(trx, key, [...new Set(pending.map((one) => one.metricId))])
  const stored = await readTouchedPoints(trx, key, pending, summaries)
  const now = ctx.clock.now().getTime()
  const chunks: ReturnType<typeof chunkRow>[] = []
  const changed = new Map<number, Summary>()
  let sent = 0
  for (const one of pending) {
    sent += one.input.values.length
    const before = changed.get(one.metricId) ?? summaries.get(one.metricId) ?? null
    const points = acceptedPoints(one.input, before, stored.get(one.metricId) ?? [], now)
    if (points.length === 0) continue
    if (ended !== undefined) throw endedError(one.name, points[0], ended)
    const stepped = one.input.steps !== null
    const summary = foldPoints(before, points, stepped)
    if (summary !== null) changed.set(one.metricId, summary)
    if (stepped) stored.set(one.metricId, [...(stored.get(one.metricId) ?? []), ...points])
    chunks.push(chunkRow(key, one.metricId, points, stepped))
  }
  if (chunks.length > 0) {
    await inBatches(chunks, (slice) => trx.insertInto('metric_chunks').values(slice).execute())
    await writeSummaries(trx, key, changed)
  }
  const accepted = chunks.reduce((total, chunk) => total + chunk.points.length, 0)
  return { accepted, repeats: sent - accepted }
}

function acceptedPoints(input: SeriesInput, before: Summary | null, stored: Point[], now: number): Point[] {
  const { steps, times, values } = input
  if (steps === null) {
    let next = before === null ? 0n : BigInt(before.max_seen_step) + 1n
    if (next + BigInt(values.length) > MAX_STEP) next = MAX_STEP - BigInt(values.length)
    return values.map((value, index) => ({
      step: toStep(next + BigInt(index)),
      time: times?.[index] ?? now,
      value,
    }))
  }
  const sent = values.map((value, index) => ({
    step: steps[index] as Step,
    time: times?.[index] ?? null,
    value,
  }))
  return dropRepeats(sent, stored, now)
}

function endedError(metric: string, point: Point | undefined, status: string): AppError {
  return new AppError('conflict', `The run is ${status}: it takes no new points, only exact repeats.`, {
    field: metric,
    value: point?.value,
    allowed: 'points of a running run; notes and tags at any time',
  })
}

function chunkRow(key: RunKey, metricId: number, points: Point[], stepped: boolean) {
  const steps = points.map((point) => point.step)
  return {
    project_id: key.projectId,
    run_id: key.runId,
    metric_id: metricId,
    min_step: String(steps.reduce((a, b) => (compareSteps(a, b) <= 0 ? a : b))),
    max_step: String(steps.reduce((a, b) => (compareSteps(a, b) >= 0 ? a : b))),
    stepped,
    steps,
    times: points.map((point) => point.time),
    points: points.map((point) => point.value),
  }
}

async function readSummaries(
  trx: Transaction<Database>,
  key: RunKey,
  metricIds: number[],
): Promise<Map<number, Summary>> {
  const rows = await trx
    .selectFrom('metric_summaries')
    .selectAll()
    .where('project_id', '=', key.projectId)
    .where('run_id', '=', key.runId)
    .where('metric_id', '=', sql<number>`any(${metricIds}::int[])`)
    .execute()
  return new Map(
    rows.map(({ project_id: _project, run_id: _run, metric_id, ranked: _ranked, ...summary }) => [
      metric_id,
      summary,
    ]),
  )
}

/** Only the chunks whose steps a batch overlaps are read; a batch that goes on where the last one ended reads none. */
async function readTouchedPoints(
  trx: Transaction<Database>,
  key: RunKey,
  pending: Pending[],
  summaries: Map<number, Summary>,
): Promise<Map<number, Point[]>> {
  const ranges = pending.flatMap(({ metricId, input }) => {
    const before = summaries.get(metricId)
    if (input.steps === null || input.steps.length === 0 || before === undefined) return []
    const low = input.steps.reduce((a, b) => (compareSteps(a, b) <= 0 ? a : b))
    const high = input.steps.reduce((a, b) => (compareSteps(a, b) >= 0 ? a : b))
    return compareSteps(low, before.max_seen_step) > 0 ? [] : [{ metricId, low, high }]
  })
  const points = new Map<number, Point[]>()
  if (ranges.length === 0) return points
  const { rows } = await sql<{ metric_id: number; steps: Step[]; times: number[]; points: number[] }>`
    select chunk.metric_id, chunk.steps, chunk.times, chunk.points
    from unnest(${ranges.map((range) => range.metricId)}::int[], ${ranges.map((range) => String(range.low))}::bigint[],
      ${ranges.map((range) => String(range.high))}::bigint[]) as range(metric_id, low, high)
    join metric_chunks chunk on chunk.project_id = ${key.projectId} and chunk.run_id = ${key.runId}
      and chunk.metric_id = range.metric_id and chunk.stepped
      and chunk.max_step >= range.low and chunk.min_step <= range.high`.execute(trx)
  for (const row of rows) {
    const held = points.get(row.metric_id) ?? []
    row.steps.forEach((step, index) => {
      held.push({ step, time: Number(row.times[index]), value: Number(row.points[index]) })
    })
    points.set(row.metric_id, held)
  }
  return points
}

async function writeSummaries(
  trx: Transaction<Database>,
  key: RunKey,
  changed: Map<number, Summary>,
): Promise<void> {
  const rows = [...changed]
    .toSorted(([a], [b]) => a - b)
    .map(([metricId, summary]) => ({
      project_id: key.projectId,
      run_id: key.runId,
      metric_id: metricId,
      ...summary,
      last_step: String(summary.last_step),
      min_step: summary.min_step === null ? null : String(summary.min_step),
      max_step: summary.max_step === null ? null : String(summary.max_step),
      max_seen_step: String(summary.max_seen_step),
    }))
  await inBatches(rows, (slice) => upsertSummaries(trx, slice))
}

async function upsertSummaries(trx: Transaction<Database>, rows: NewSummary[]): Promise<void> {
  await trx
    .insertInto('metric_summaries')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'run_id', 'metric_id']).doUpdateSet((eb) => ({
        points: eb.ref('excluded.points'),
        nans: eb.ref('excluded.nans'),
        infinities: eb.ref('excluded.infinities'),
        last_value: eb.ref('excluded.last_value'),
        last_step: eb.ref('excluded.last_step'),
        last_time: eb.ref('excluded.last_time'),
        last_stepped: eb.ref('excluded.last_stepped'),
        min_value: eb.ref('excluded.min_value'),
        min_step: eb.ref('excluded.min_step'),
        max_value: eb.ref('excluded.max_value'),
        max_step: eb.ref('excluded.max_step'),
        max_seen_step: eb.ref('excluded.max_seen_step'),
      })),
    )
    .execute()
}
