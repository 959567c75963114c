import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database, ParamValue, RunRow, RunStatus } from '../../db/tables.ts'
import { AppError, invalid } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { storeSeries } from '../metrics/log-metrics.ts'
import { fingerprintsOf } from './fingerprints-of.ts'
import { hasEnded, lockRun } from './lock-run.ts'
import { noteWrite } from './note-write.ts'
import { settleRun } from './settle-run.ts'
import { storeInputs } from './store-inputs.ts'
import type { RecordSet, RunKey, RunPatch } from './types.ts'

/**
 * Changes what is given of a run. Finishing it decides the records; an ended run still takes tags, a name, an
 * owner and exact repeats, and may be reopened or given another end by its status.
 * @throws AppError conflict for new metric values on a run that has ended and stays so
 */
export async function updateRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  key: RunKey,
  raw: RunPatch,
): Promise<{ records: RecordSet[] }> {
  const patch = ctx.mask(raw)
  const run = await lockRun(trx, key)
  const status = patch.status ?? (run.status === 'lost' ? 'running' : run.status)
  const takesPoints = !hasEnded(run) || status === 'running'
  await storeInputs(trx, key, patch)
  const series = Object.entries(patch.metrics ?? {}).map(([name, value]) => ({
    name,
    steps: null,
    times: null,
    values: [value],
  }))
  if (series.length > 0 && !takesPoints) refuseMetrics(run)
  await storeSeries(trx, ctx, key, series)
  const changes = {
    ...changedColumns(run, patch),
    ...endColumns(ctx, run, patch, status),
    ...(await prints(trx, run, patch)),
  }
  if (Object.keys(changes).length > 0) {
    await trx
      .updateTable('runs')
      .set({ ...changes, last_write_at: ctx.clock.now() })
      .where('project_id', '=', key.projectId)
      .where('id', '=', key.runId)
      .execute()
  } else if (!hasEnded(run)) await noteWrite(trx, ctx, run)
  const records = await settleRun(trx, ctx, key, run.status, status)
  await auditChange(trx, ctx, actor, run, patch)
  return { records }
}

function refuseMetrics(run: RunRow): never {
  throw new AppError('conflict', `The run is ${run.status}: it takes no new metric values.`, {
    field: 'metrics',
    allowed: 'metrics of a running run; notes and tags at any time',
  })
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

function endColumns(ctx: Ctx, run: RunRow, patch: RunPatch, status: RunStatus) {
  if (status === 'running') return run.status === 'running' ? {} : { status, ended_at: null }
  const ended_at = patch.ended_at ?? (run.status === status ? run.ended_at : null) ?? ctx.clock.now()
  const startedAt = patch.started_at ?? run.started_at
  if (patch.ended_at !== undefined && ended_at < startedAt) {
    throw invalid('ended_at', 'A run cannot end before it starts.', { value: ended_at.toISOString() })
  }
  const end = ended_at < startedAt ? startedAt : ended_at
  return run.status === status && run.ended_at?.getTime() === end.getTime() ? {} : { status, ended_at: end }
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

async function auditChange(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  run: RunRow,
  patch: RunPatch,
): Promise<void> {
  await audit(trx, ctx, actor, 'run.update', run.id, {
    projectId: run.project_id,
    details: { fields: Object.keys(patch), ...(patch.status === undefined ? {} : { status: patch.status }) },
  })
}
