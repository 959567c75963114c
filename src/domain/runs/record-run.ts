import type { Transaction } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/tables.ts'
import { AppError, invalid } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { audit } from '../audit.ts'
import { storeSeries } from '../metrics/log-metrics.ts'
import { ensureProject } from '../projects/ensure-project.ts'
import { findDuplicates } from './find-duplicates.ts'
import { fingerprintsOf } from './fingerprints-of.ts'
import { newRunId } from './new-run-id.ts'
import { settleRun } from './settle-run.ts'
import { storeInputs } from './store-inputs.ts'
import type { Duplicate, RecordSet, RunInput, RunKey } from './types.ts'

export interface RecordedRun {
  key: RunKey
  number: number
  duplicates: Duplicate[]
  records: RecordSet[]
}

/**
 * Starts a run, or records one that is over already, with all it says of itself, in the caller's transaction.
 * @throws AppError conflict when `on_duplicate` is 'block' and the same inputs ran before
 */
export async function recordRun(
  trx: Transaction<Database>,
  ctx: Ctx,
  actor: Actor,
  raw: RunInput,
): Promise<RecordedRun> {
  const input = { ...ctx.mask(raw), project: raw.project }
  const status = input.status ?? 'running'
  const project = await ensureProject(trx, ctx, input.project)
  const number = await takeNumber(trx, project.id)
  const prints = fingerprintsOf(input)
  const duplicates = await duplicatesOf(trx, ctx, project, input, prints.fingerprint)
  const now = ctx.clock.now()
  const key = { projectId: project.id, runId: newRunId(now) }
  await trx
    .insertInto('runs')
    .values({ ...columns(input, now), ...prints, project_id: project.id, id: key.runId, number, status })
    .execute()
  await storeInputs(trx, key, input)
  await storeSeries(trx, ctx, key, seriesOf(input.metrics ?? {}, input.ended_at))
  const records = status === 'running' ? [] : await settleRun(trx, ctx, key, undefined, status)
  await audit(trx, ctx, actor, 'run.create', `${project.name}#${number}`, { projectId: project.id })
  return { key, number, duplicates, records }
}

/** Also the lock that makes two starts with the same inputs see each other. */
async function takeNumber(trx: Transaction<Database>, projectId: number): Promise<number> {
  const row = await trx
    .updateTable('projects')
    .set((eb) => ({ next_run_number: eb('next_run_number', '+', 1) }))
    .where('id', '=', projectId)
    .returning('next_run_number')
    .executeTakeFirstOrThrow()
  return row.next_run_number - 1
}

async function duplicatesOf(
  trx: Transaction<Database>,
  ctx: Ctx,
  project: { id: number; name: string },
  input: RunInput,
  fingerprint: string | null,
): Promise<Duplicate[]> {
  if (fingerprint === null || input.on_duplicate === 'off') return []
  const duplicates = await findDuplicates(trx, ctx, project, fingerprint)
  if (duplicates.length > 0 && input.on_duplicate === 'block') {
    throw new AppError('conflict', `The same inputs ran before as ${duplicates[0]?.run}.`, {
      field: 'on_duplicate',
      value: 'block',
      allowed: 'warn or off, to run them again',
      duplicates,
    })
  }
  return duplicates
}

function columns(input: RunInput, now: Date) {
  const ended = input.status !== undefined && input.status !== 'running'
  const endedAt = ended ? (input.ended_at ?? now) : null
  const startedAt = input.started_at ?? (endedAt !== null && endedAt < now ? endedAt : now)
  if (endedAt !== null && endedAt < startedAt) {
    throw invalid('ended_at', 'A run cannot end before it starts.', { value: endedAt.toISOString() })
  }
  const { code = {} } = input
  return {
    name: input.name ?? null,
    owner: input.owner ?? null,
    source: input.source ?? 'api',
    sweep: input.group ?? null,
    code_repo: code.repo ?? null,
    code_commit: code.commit ?? null,
    code_branch: code.branch ?? null,
    code_dirty: code.dirty ?? null,
    code_patch_hash: code.patch_hash ?? null,
    env: JSON.stringify(input.env ?? {}),
    command: input.command ?? null,
    heartbeat_s: input.heartbeat_s ?? null,
    started_at: startedAt,
    ended_at: endedAt,
    last_write_at: now,
    created_at: now,
  }
}

function seriesOf(metrics: Record<string, number>, at: Date | undefined) {
  const times = at === undefined ? null : [at.getTime()]
  return Object.entries(metrics).map(([name, value]) => ({ name, steps: null, times, values: [value] }))
}
