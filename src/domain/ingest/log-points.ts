import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import { createGroupCommit } from '../../db/group-commit.ts'
import type { Database, RunKey, RunRow } from '../../db/tables.ts'
import { transaction } from '../../db/transaction.ts'
import { AppError, messageOf, notFound } from '../../errors.ts'
import * as points from '../../points/index.ts'
import type { SeriesInput } from '../../points/index.ts'
import { claimKeys, releaseKeys } from '../idempotency.ts'
import { ensureMetricIds } from '../metrics/ensure-metrics.ts'
import { createMetricIds, type MetricIds } from '../metrics/metric-ids.ts'
import { isSettled, lockRun, lockRuns } from '../runs/lock-run.ts'
import { countRepeats, foldLocked, foldRun } from '../runs/status/fold-runs.ts'
import { createLogPressure } from './log-pressure.ts'
import type { Once, Writer } from './shared-writer.ts'

export interface PointsInput {
  key: RunKey
  series: SeriesInput[]
}

/** The answer to a request for points: all of them are stored, but for exact repeats of stored ones. */
export interface Logged {
  accepted: number
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024

/** A request on its way into the log. */
interface Item extends points.LogInput {
  series: points.Series[]
  once: Once<Logged> | undefined
  output: Logged
}

/**
 * The writer of points: appends requests to the point log, those in flight together. A request waits for no lock and no
 * fold; one of a run that is locked, has ended, or came before is written by itself.
 * @param maxBytes what may wait in the log: from half of it a request folds too, and above it requests are refused
 */
export function createLogWriter(ctx: Ctx, maxBytes = DEFAULT_MAX_BYTES): Writer<PointsInput, Logged> {
  const ids = createMetricIds()
  const pressure = createLogPressure(ctx, maxBytes)
  const bytesOf = ({ rows }: Item) => rows.reduce((sum, { length }) => sum + length, 0)
  const group = createGroupCommit<Item, Outcome>(ctx.db, {
    write: (trx, items) => writeLocked(trx, ctx, items),
    shortcuts: [(items) => append(ctx, items)],
    bytes: bytesOf,
  })
  const write = async (input: PointsInput, once: Once<Logged> | undefined) => {
    const item = itemOf(ctx, input, once, await idsOf(ctx, ids, input))
    pressure.admit(item.key, bytesOf(item))
    const outcome = await group.write(item, once === undefined ? [] : [`${once.scope} ${once.key}`])
    ctx.checkpoint('ingest.committed')
    if (pressure.count(item.key, bytesOf(item))) await foldPieceOf(ctx, item.key)
    return outcome
  }
  return Object.assign(async (input: PointsInput) => (await write(input, undefined)).output as Logged, {
    once: async (input: PointsInput, once: Once<Logged>) => {
      const { output, answer } = await write(input, once)
      return { output, answer: answer ?? once.word(output) }
    },
  })
}

/** The points are stored already, and a fold that fails is tried again by the loop of the worker. */
async function foldPieceOf(ctx: Ctx, key: RunKey): Promise<void> {
  await foldRun(ctx, key, { pieces: 1, unlessLocked: true }).catch((error) => {
    ctx.log.warn({ error: messageOf(error) }, 'points wait in the log: they could not be folded')
  })
}

type Outcome =
  | { output: Logged; answer?: undefined }
  | { output: undefined; answer: ReturnType<Once<Logged>['word']> }

function itemOf(
  ctx: Pick<Ctx, 'clock'>,
  { key, series: given }: PointsInput,
  once: Once<Logged> | undefined,
  ids: Map<string, number>,
): Item {
  const now = ctx.clock.now().getTime()
  const filled = points.fillOnce()
  const series = given.flatMap((one) =>
    one.values.length === 0 ? [] : [points.toSeries(ids.get(one.name) as number, one, now, filled)],
  )
  const accepted = series.reduce((sum, { values }) => sum + values.length, 0)
  return { key, series, rows: points.toRows(series), once, output: { accepted } }
}

/**
 * The ids of the metrics of a request. Names that are new are defined once the run was looked at, so that a request for
 * a run that does not take it leaves nothing behind.
 * @throws AppError not_found, or conflict for a metric that an ended run does not have
 */
async function idsOf(ctx: Ctx, ids: MetricIds, { key, series }: PointsInput): Promise<Map<string, number>> {
  const { projectId } = key
  const names = series.map(({ name }) => name)
  const known = ids.remembered(projectId, names) ?? (await ids.find(ctx.db, projectId, names))
  const missing = series.filter(({ name, values }) => !known.has(name) && values.length > 0)
  if (missing.length === 0) return known
  await transaction(ctx.db, async (trx) => {
    const run = await lockRun(trx, key)
    if (isSettled(run)) throw endedError(run, missing[0]?.name, missing[0]?.values[0])
    await ensureMetricIds(
      trx,
      ctx,
      missing.map(({ name }) => ({ projectId, name })),
    )
  })
  return await ids.find(ctx.db, projectId, names)
}

async function append(ctx: Ctx, items: Item[]): Promise<(Outcome | undefined)[]> {
  const stored = await points.appendToLog(ctx.db, ctx, items)
  return items.map(({ output }, at) => (stored[at] === true ? { output } : undefined))
}

/** One by one: runs that are open after all, ended ones, and keys that came before. */
async function writeLocked(
  trx: Transaction<Database>,
  ctx: Ctx,
  items: Item[],
): Promise<(Outcome | Error)[]> {
  const runs = await lockRuns(
    trx,
    items.map(({ key }) => key),
  )
  const keyed = items.flatMap(({ once, output }) =>
    once === undefined ? [] : [{ ...once, unstored: once.word(output) }],
  )
  const claimed = await claimKeys(trx, keyed, ctx.clock.now())
  const former = new Map(keyed.map(({ scope, key }, at) => [`${scope} ${key}`, claimed[at]]))
  const outcomes: (Outcome | Error)[] = []
  for (const item of items) {
    const answer = item.once === undefined ? undefined : former.get(`${item.once.scope} ${item.once.key}`)
    if (answer instanceof Error) outcomes.push(answer)
    else if (answer !== undefined) outcomes.push({ output: undefined, answer })
    else outcomes.push((await writeOne(trx, ctx, item, runs.get(item.key.runId))) ?? { output: item.output })
  }
  const refused = items.flatMap(({ once }, at) =>
    once !== undefined &&
    outcomes[at] instanceof Error &&
    !(former.get(`${once.scope} ${once.key}`) instanceof Error)
      ? [once]
      : [],
  )
  await releaseKeys(trx, refused)
  return outcomes
}

/** @returns why the run does not take it */
async function writeOne(
  trx: Transaction<Database>,
  ctx: Ctx,
  item: Item,
  run: RunRow | undefined,
): Promise<AppError | undefined> {
  const { key, series } = item
  if (run === undefined) return notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
  if (!isSettled(run)) {
    await points.appendLocked(trx, ctx, [item])
    return undefined
  }
  await foldLocked(trx, ctx, [run])
  const entry = { key, series, status: run.status, ended: true }
  const [stored] = await points.store(trx, [entry], await points.readKnown(trx, [entry]))
  if (stored !== undefined && 'refused' in stored) {
    const { metricId, value } = stored.refused
    return endedError(run, await nameOf(trx, key, metricId), value)
  }
  await countRepeats(trx, [{ key, repeats: stored?.repeats ?? 0 }])
  return undefined
}

async function nameOf(trx: Transaction<Database>, { projectId }: RunKey, metricId: number): Promise<string> {
  const query = trx.selectFrom('metrics').select('name').where('project_id', '=', projectId)
  return (await query.where('id', '=', metricId).executeTakeFirstOrThrow()).name
}

function endedError({ status }: RunRow, metric: string | undefined, value: number | undefined): AppError {
  return new AppError('conflict', `The run is ${status}: it takes no new points, only exact repeats.`, {
    ...(metric === undefined ? {} : { field: metric }),
    value,
    allowed: 'points of a running run; notes and tags at any time',
  })
}
