import type { Transaction } from 'kysely'
import type { Ctx } from '../../../context.ts'
import { insertRows, runStatement } from '../../../db/statements.ts'
import type { Database, RunKey, RunStatus } from '../../../db/tables.ts'
import { AppError, invalid } from '../../../errors.ts'
import type { Actor } from '../../actor.ts'
import { auditAll } from '../../audit.ts'
import * as points from '../../../points/index.ts'
import { entriesOf } from './metric-entries.ts'
import { type LockedProject, lockProjects } from '../../projects/ensure-project.ts'
import { findDuplicates, type FoundRun, toDuplicates } from './find-duplicates.ts'
import { fingerprintsOf } from '../inputs/fingerprints-of.ts'
import { newRunId } from '../new-run-id.ts'
import { settleRuns } from '../status/settle-runs.ts'
import { storeInputs } from './store-inputs.ts'
import type { Duplicate, RecordSet, RunInput } from '../types.ts'
import { refOf } from '../../values/ref.ts'

export interface StartedRun {
  key: RunKey
  project: string
  number: number
  /** As it is stored, without secrets. */
  name: string | null
  status: RunStatus
  /** Earlier runs with the same inputs, unless the start says that it does not care. */
  duplicates: Duplicate[]
  records: RecordSet[]
}

/** A start that was checked by itself, before any transaction, and is free of secrets. */
export interface Start {
  actor: Actor
  input: RunInput
  prints: ReturnType<typeof fingerprintsOf>
}

/** @throws AppError invalid, for faults that show without the database */
export function prepareStart(ctx: Pick<Ctx, 'mask' | 'clock'>, actor: Actor, raw: RunInput): Start {
  const input = { ...ctx.mask(raw), project: raw.project }
  timesOf(input, ctx.clock.now())
  return { actor, input, prints: fingerprintsOf(input) }
}

/**
 * Starts runs, or stores ones that have ended, with all they say of themselves. No two starts may have the
 * same project and fingerprint: they would not see each other.
 * @returns for each start its run, or the conflict when `on_duplicate` is 'block' and the same inputs ran before
 */
export async function startRuns(
  trx: Transaction<Database>,
  ctx: Ctx,
  starts: Start[],
): Promise<(StartedRun | AppError)[]> {
  const { projects, duplicates } = await lockAndFind(trx, ctx, starts)
  const blocked = starts.map(({ input }, at) => blockedBy(input, duplicates[at] ?? []))
  const now = ctx.clock.now()
  const fresh = starts
    .filter((_start, at) => blocked[at] === undefined)
    .map((start) => number(start, projects.get(start.input.project) as LockedProject, now))
  await keepNumbers(trx, [...projects.values()])
  await insertRows(
    trx,
    'runs',
    RUN_COLUMNS,
    fresh.map((run) => run.row),
  )
  await storeInputs(trx, fresh)
  await storeMetrics(trx, ctx, fresh)
  const records = await settleRuns(
    trx,
    ctx,
    fresh.map(({ key, status }) => ({ key, before: undefined, after: status })),
  )
  await auditAll(
    trx,
    ctx,
    fresh.map((run) => run.audit),
  )
  let next = 0
  return starts.map((_start, at) => {
    const error = blocked[at]
    if (error !== undefined) return error
    const { key, input, row } = fresh[next] as (typeof fresh)[number]
    return {
      key,
      project: input.project,
      number: row.number,
      name: row.name,
      status: row.status,
      duplicates: duplicates[at] ?? [],
      records: records[next++] ?? [],
    }
  })
}

/** The row of a run, with the next number of the locked project. */
function number({ actor, input, prints }: Start, project: LockedProject, now: Date) {
  const key = { projectId: project.id, runId: newRunId(now) }
  const status = input.status ?? 'running'
  const taken = project.next_run_number++
  const row = {
    ...columns(input, now),
    ...prints,
    project_id: project.id,
    id: key.runId,
    number: taken,
    status,
  }
  const subject = refOf(project.name, taken)
  return { key, input, status, row, audit: { actor, action: 'run.create', subject, projectId: project.id } }
}

const KEEP_NUMBERS = `/* keep-run-numbers, later */ update projects set next_run_number = taken.next
  from unnest($1::int[], $2::int[]) as taken(id, next) where projects.id = taken.id`

async function keepNumbers(trx: Transaction<Database>, projects: LockedProject[]): Promise<void> {
  const next = projects.map(({ next_run_number }) => next_run_number)
  await runStatement(trx, KEEP_NUMBERS, [projects.map(({ id }) => id), next])
}

/** Locks the projects first, so that the second of two starts with the same inputs sees the first. */
async function lockAndFind(trx: Transaction<Database>, ctx: Ctx, starts: Start[]) {
  const names = starts.map(({ input }) => input.project)
  const asked = starts.map(({ input: { project, on_duplicate }, prints: { fingerprint } }) =>
    fingerprint === null || on_duplicate === 'off' ? undefined : { project, fingerprint },
  )
  const { projects, rows } = await lockProjects<FoundRun>(trx, ctx, names, findDuplicates(asked))
  return { projects, duplicates: await toDuplicates(trx, ctx, asked, rows) }
}

function blockedBy(input: RunInput, [first, ...others]: Duplicate[]): AppError | undefined {
  if (first === undefined || input.on_duplicate !== 'block') return undefined
  return new AppError('conflict', `The same inputs ran before as ${first.run}.`, {
    field: 'on_duplicate',
    value: 'block',
    allowed: 'warn or off, to run them again',
    duplicates: [first, ...others],
  })
}

const RUN_COLUMNS = [
  ...['project_id', 'id', 'number', 'name', 'owner', 'status', 'source', 'seed', 'sweep', 'fingerprint'],
  ...[
    'seed_group',
    'code_repo',
    'code_commit',
    'code_branch',
    'code_dirty',
    'code_patch_hash',
    'env',
    'command',
  ],
  ...['heartbeat_s', 'starred', 'started_at', 'ended_at', 'last_write_at', 'created_at'],
] as const

function columns(input: RunInput, now: Date) {
  const { code = {} } = input
  return {
    ...timesOf(input, now),
    name: input.name ?? null,
    owner: input.owner ?? null,
    source: input.source ?? 'api',
    sweep: input.group ?? null,
    code_repo: code.repo ?? null,
    code_commit: code.commit ?? null,
    code_branch: code.branch ?? null,
    code_dirty: code.dirty ?? null,
    code_patch_hash: code.patch_hash ?? null,
    env: input.env ?? {},
    command: input.command ?? null,
    heartbeat_s: input.heartbeat_s ?? null,
    starred: false,
    last_write_at: now,
    created_at: now,
  }
}

function timesOf(input: RunInput, now: Date) {
  const ended = input.status !== undefined && input.status !== 'running'
  const endedAt = ended ? (input.ended_at ?? now) : null
  const startedAt = input.started_at ?? (endedAt !== null && endedAt < now ? endedAt : now)
  if (endedAt !== null && endedAt < startedAt) {
    throw invalid('ended_at', 'A run cannot end before it starts.', { value: endedAt.toISOString() })
  }
  return { started_at: startedAt, ended_at: endedAt }
}

/** A new run has no points yet, and no request can append to it before it is committed. */
async function storeMetrics(
  trx: Transaction<Database>,
  ctx: Ctx,
  runs: { key: RunKey; input: RunInput; status: RunStatus }[],
): Promise<void> {
  const entries = runs.map(({ key, input: { metrics = {}, ended_at: at }, status }) => ({
    key,
    metrics,
    at,
    status,
  }))
  await points.store(trx, await entriesOf(trx, ctx, entries), points.NOTHING)
}
