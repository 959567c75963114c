import { sql, type Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { runStatement } from '../../../db/statements.ts'
import type { Database, ParamValue, RunKey, RunRow, RunStatus } from '../../../db/tables.ts'
import { AppError, invalid, notFound } from '../../../errors.ts'
import type { Actor } from '../../actor.ts'
import { auditAll } from '../../audit.ts'
import * as points from '../../../points/index.ts'
import { entriesOf } from './metric-entries.ts'
import { fingerprintsOf } from '../inputs/fingerprints-of.ts'
import { flattenParams } from '../inputs/flatten-params.ts'
import { isSettled, lockStatement } from '../lock-run.ts'
import { touchRuns } from '../status/touch-runs.ts'
import { readRunsLater } from '../read/read-run.ts'
import { foldLocked } from '../status/fold-runs.ts'
import { settleRuns } from '../status/settle-runs.ts'
import { storeInputs } from './store-inputs.ts'
import type { RecordSet, RunPatch, RunView } from '../types.ts'

/** A change of one run by one actor. */
export interface Change {
  actor: Actor
  key: RunKey
  patch: RunPatch
}

export interface Changed {
  run: RunView
  records: RecordSet[]
}

/** @throws AppError invalid, for faults that show without the database */
export function prepareChange(ctx: Pick<Ctx, 'mask'>, actor: Actor, key: RunKey, raw: RunPatch): Change {
  const patch = ctx.mask(raw)
  flattenParams(patch.params ?? {})
  return { actor, key, patch }
}

/**
 * Changes what is given of runs. Finishing one decides the records; an ended run still takes tags, a name, an
 * owner and exact repeats, and may be reopened or given another end by its status. No two changes may be of one run.
 * @returns for each change the run as it is now and the records that it set, or why it was refused
 */
export async function updateRuns(
  trx: Transaction<Database>,
  ctx: Ctx,
  changes: Change[],
): Promise<(Changed | AppError)[]> {
  const runs = await lockAndFold(trx, ctx, changes)
  const planned = changes.map((change) => plan(ctx, change, runs.get(change.key.runId)))
  const good = planned.filter((one): one is Planned => !(one instanceof AppError))
  await storeInputs(
    trx,
    good.map(({ key, patch }) => ({ key, input: patch })),
  )
  const values = await entriesOf(
    trx,
    ctx,
    good.map(({ key, patch: { metrics = {} }, status }) => ({ key, metrics, status })),
  )
  if (values.length > 0) await points.store(trx, values, await points.readKnown(trx, values))
  await writeColumns(trx, ctx, good)
  const views = await readRunsLater(
    { ...ctx, db: trx },
    good.map(({ key }) => key),
  )
  const settled = await settleRuns(
    trx,
    ctx,
    good.map(({ key, run, status }) => ({ key, before: run.status, after: status })),
  )
  await auditAll(trx, ctx, good.map(auditEntry))
  const after = new Map((await views()).map((run) => [run.id, run]))
  const records = new Map(good.map(({ key }, at) => [key.runId, settled[at] ?? []]))
  return planned.map((one) => {
    if (one instanceof AppError) return one
    const { runId } = one.key
    return { run: after.get(runId) as RunView, records: records.get(runId) ?? [] }
  })
}

/**
 * Locks the runs and folds their logs, so that the change, the answer and a record count all that was acknowledged. A
 * change of a status locks them against appends.
 */
async function lockAndFold(
  trx: Transaction<Database>,
  ctx: Ctx,
  changes: Change[],
): Promise<Map<string, RunRow>> {
  const against = changes.some(({ patch }) => patch.status !== undefined) ? 'appends' : 'writers'
  const lock = lockStatement(
    changes.map(({ key }) => key),
    against,
  )
  const rows = await runStatement<RunRow>(trx, lock.text, lock.parameters)
  await foldLocked(trx, ctx, rows)
  // Points in the log of a lost run have brought it back.
  const isLost = rows.some(({ status }) => status === 'lost')
  const folded = isLost ? await runStatement<RunRow>(trx, lock.text, lock.parameters) : rows
  return new Map(folded.map((row) => [row.id, row]))
}

type Planned = Change & {
  run: RunRow
  status: RunStatus
  end: { status?: RunStatus; ended_at?: Date | null }
}

/** Checks everything that may refuse a change before the first write. */
function plan(ctx: Ctx, change: Change, run: RunRow | undefined): Planned | AppError {
  const { key, patch } = change
  if (run === undefined) return notFound(`No run ${key.runId}.`, { field: 'run', value: key.runId })
  const status = patch.status ?? (run.status === 'lost' ? 'running' : run.status)
  const hasMetrics = Object.keys(patch.metrics ?? {}).length > 0
  if (hasMetrics && isSettled(run) && status !== 'running') return refusedMetrics(run)
  const end = endColumns(ctx, run, patch, status)
  return end instanceof AppError ? end : { ...change, run, status, end }
}

function refusedMetrics(run: RunRow): AppError {
  return new AppError('conflict', `The run is ${run.status}: it takes no new metric values.`, {
    field: 'metrics',
    allowed: 'metrics of a running run; notes and tags at any time',
  })
}

function endColumns(ctx: Ctx, run: RunRow, patch: RunPatch, status: RunStatus): Planned['end'] | AppError {
  if (status === 'running') return run.status === 'running' ? {} : { status, ended_at: null }
  const ended_at = patch.ended_at ?? (run.status === status ? run.ended_at : null) ?? ctx.clock.now()
  const startedAt = patch.started_at ?? run.started_at
  if (patch.ended_at !== undefined && ended_at < startedAt) {
    return invalid('ended_at', 'A run cannot end before it starts.', { value: ended_at.toISOString() })
  }
  const end = ended_at < startedAt ? startedAt : ended_at
  return run.status === status && run.ended_at?.getTime() === end.getTime() ? {} : { status, ended_at: end }
}

/** Most changes are an end and nothing else: those are written together. */
async function writeColumns(trx: Transaction<Database>, ctx: Ctx, planned: Planned[]): Promise<void> {
  const ends: Planned[] = []
  const alive: RunRow[] = []
  for (const one of planned) {
    const columns = { ...changedColumns(one.run, one.patch), ...(await prints(trx, one.run, one.patch)) }
    if (Object.keys(columns).length > 0) await writeRun(trx, ctx, one, columns)
    else if (Object.keys(one.end).length > 0) ends.push(one)
    else if (!isSettled(one.run)) alive.push(one.run)
  }
  await writeEnds(trx, ctx, ends)
  await touchRuns(trx, ctx, alive)
}

async function writeRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  { key, end }: Planned,
  columns: object,
): Promise<void> {
  await trx
    .updateTable('runs')
    .set({ ...columns, ...end, last_write_at: ctx.clock.now() })
    .where('project_id', '=', key.projectId)
    .where('id', '=', sql<string>`${key.runId}::uuid`)
    .execute()
}

const WRITE_ENDS = `/* write-ends, later */ update runs set status = ended.status, ended_at = ended.at, last_write_at = $5
  from unnest($1::int[], $2::uuid[], $3::text[], $4::timestamptz[]) as ended(project_id, id, status, at)
  where runs.project_id = ended.project_id and runs.id = ended.id`

async function writeEnds(trx: Transaction<Database>, ctx: Ctx, planned: Planned[]): Promise<void> {
  if (planned.length === 0) return
  await runStatement(trx, WRITE_ENDS, [
    planned.map(({ key }) => key.projectId),
    planned.map(({ key }) => key.runId),
    planned.map(({ status }) => status),
    planned.map(({ end }) => end.ended_at?.toISOString() ?? null),
    ctx.clock.now(),
  ])
}

function changedColumns(run: RunRow, patch: RunPatch) {
  const { code = {} } = patch
  const given = {
    name: patch.name,
    owner: patch.owner,
    sweep: patch.group,
    code_repo: code.repo,
    code_commit: code.commit,
    code_branch: code.branch,
    code_dirty: code.dirty,
    code_patch_hash: code.patch_hash,
    env: patch.env === undefined ? undefined : JSON.stringify({ ...run.env, ...patch.env }),
    command: patch.command,
    heartbeat_s: patch.heartbeat_s,
    started_at: patch.started_at,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** New inputs mean new hashes, over all that the run has told by now. */
async function prints(trx: Transaction<Database>, run: RunRow, patch: RunPatch) {
  const touched = [patch.params, patch.data, patch.code, patch.seed].some((part) => part !== undefined)
  if (!touched) return {}
  const own = (table: 'run_params' | 'run_data') =>
    trx.selectFrom(table).where('project_id', '=', run.project_id).where('run_id', '=', run.id)
  const params = (await own('run_params').select(['name', 'value']).execute()) as {
    name: string
    value: ParamValue
  }[]
  const data = (await own('run_data').select(['name', 'version']).execute()) as {
    name: string
    version: string
  }[]
  const commit = patch.code?.commit ?? run.code_commit
  const patchHash = patch.code?.patch_hash ?? run.code_patch_hash
  const seed = patch.seed ?? run.seed
  return fingerprintsOf({
    code: {
      ...(commit === null ? {} : { commit }),
      ...(patchHash === null ? {} : { patch_hash: patchHash }),
    },
    data,
    params: Object.fromEntries(params.map(({ name, value }) => [name, value])),
    ...(seed === null ? {} : { seed }),
  })
}

function auditEntry({ actor, run, patch }: Planned) {
  return {
    actor,
    action: 'run.update',
    subject: run.id,
    projectId: run.project_id,
    details: { fields: Object.keys(patch), ...(patch.status === undefined ? {} : { status: patch.status }) },
  }
}
