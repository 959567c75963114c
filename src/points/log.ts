import type { Kysely, Transaction } from 'kysely'
import type { Ctx } from '../context.ts'
import { decodeBlocks, type Series, toSeriesList } from './blocks.ts'
import { joinBytes } from './chunks.ts'
import { runStatement } from '../db/statements.ts'
import type { Database, RunKey } from '../db/tables.ts'

/** A request as it goes into the log: its rows' bodies, made by `toRows`. */
export interface LogInput {
  key: RunKey
  rows: Buffer[]
  /** The key under which the request counts once. */
  once?: { scope: string; key: string; requestHash: string } | undefined
}

const GIVEN = `given as materialized (
    select * from unnest($1::int[], $2::uuid[], $3::int[], $4::int[], $5::int[])
      as given(project_id, run_id, at, start, size)
  )`

// An append waits for no lock: a run that is locked against appends at this moment is left to the slower way, which
// waits for it alone. Under READ COMMITTED PostgreSQL looks at the status once more when it has locked the row.
const OPEN = `open as materialized (
    select run.project_id, run.id as run_id from (select distinct project_id, run_id from given) wanted
    join runs run on run.project_id = wanted.project_id and run.id = wanted.run_id
    where run.status in ('running', 'lost') for key share of run skip locked
  ), due as (
    insert into fold_due (project_id, run_id) select project_id, run_id from open on conflict do nothing
  )`

const APPEND = `/* append-points */ with ${GIVEN}, ${OPEN}
  insert into point_log (project_id, run_id, arrived_at, body)
  select given.project_id, given.run_id, $7, substring($6::bytea from start for size)
  from given join open using (project_id, run_id) order by given.at
  returning run_id`

const APPEND_ONCE = `/* append-points-once */ with ${GIVEN}, ${OPEN}, keyed as materialized (
    select keyed.* from unnest($8::int[], $9::text[], $10::text[], $11::text[]) as keyed(at, scope, key, hash)
    where exists (select from given join open using (project_id, run_id) where given.at = keyed.at)
  ), claimed as (
    insert into idempotency_keys (scope, key, request_hash, created_at)
    select scope, key, hash, $7 from keyed order by scope, key on conflict do nothing returning scope, key
  ), admitted as materialized (
    select distinct given.at from given join open using (project_id, run_id)
    left join unnest($8::int[], $9::text[], $10::text[]) as keyed(at, scope, key) on keyed.at = given.at
    left join claimed on claimed.scope = keyed.scope and claimed.key = keyed.key
    where keyed.at is null or claimed.key is not null
  ), logged as (
    insert into point_log (project_id, run_id, arrived_at, body)
    select given.project_id, given.run_id, $7, substring($6::bytea from start for size)
    from given join admitted using (at) order by given.at
  ) select at from admitted`

/**
 * Appends requests to the log in one statement that commits itself, where their runs are open, free of locks, and
 * their keys new.
 * @returns for each request whether it is stored
 */
export async function appendToLog(
  db: Kysely<Database>,
  ctx: Pick<Ctx, 'clock'>,
  inputs: LogInput[],
): Promise<boolean[]> {
  const parameters = columnsOf(inputs, ctx.clock.now())
  const keyed = inputs.flatMap(({ once }, at) => (once === undefined ? [] : [{ ...once, at }]))
  if (keyed.length === 0) {
    const rows = await runStatement<{ run_id: string }>(db, APPEND, parameters)
    const open = new Set(rows.map(({ run_id }) => run_id))
    return inputs.map(({ key }) => open.has(key.runId))
  }
  const rows = await runStatement<{ at: number }>(db, APPEND_ONCE, [
    ...parameters,
    keyed.map(({ at }) => at),
    keyed.map(({ scope }) => scope),
    keyed.map(({ key }) => key),
    keyed.map(({ requestHash }) => requestHash),
  ])
  const stored = new Set(rows.map(({ at }) => at))
  return inputs.map((_input, at) => stored.has(at))
}

const APPEND_LOCKED = `/* append-locked */ with ${GIVEN}, due as (
    insert into fold_due (project_id, run_id) select distinct project_id, run_id from given on conflict do nothing
  )
  insert into point_log (project_id, run_id, arrived_at, body)
  select project_id, run_id, $7, substring($6::bytea from start for size) from given order by at`

/** Appends requests of runs that this transaction has locked, and that are open. */
export async function appendLocked(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  inputs: LogInput[],
): Promise<void> {
  if (inputs.length > 0) await runStatement(trx, APPEND_LOCKED, columnsOf(inputs, ctx.clock.now()))
}

function columnsOf(inputs: LogInput[], now: Date): unknown[] {
  const rows = inputs.flatMap(({ key, rows: bodies }, at) => bodies.map((body) => ({ key, at, body })))
  const { bytes, starts, sizes } = joinBytes(rows.map(({ body }) => body))
  return [
    rows.map(({ key }) => key.projectId),
    rows.map(({ key }) => key.runId),
    rows.map(({ at }) => at),
    starts,
    sizes,
    bytes,
    now,
  ]
}

/** What one reading takes of the log of a run: at least a row, else at most so many rows and bytes. */
const MAX_PIECE_ROWS = 2_000
const MAX_PIECE_BYTES = 256 * 1024

const READ = `/* read-log */ select wanted.run_id, log.id, log.arrived_at, encode(log.body, 'base64') as body
  from unnest($1::int[], $2::uuid[], $3::bigint[]) as wanted(project_id, run_id, from_id)
  cross join lateral (
    select id, arrived_at, body, sum(octet_length(body)) over (order by id) - octet_length(body) as before from (
      select id, arrived_at, body from point_log log
      where log.project_id = wanted.project_id and log.run_id = wanted.run_id and log.id >= wanted.from_id and error is null
      order by id limit ${MAX_PIECE_ROWS}
    ) log
  ) log where log.before < ${MAX_PIECE_BYTES} order by log.id`

/** A row of the log with its points. */
export interface LogRow {
  runId: string
  id: number
  arrivedAt: Date
  bytes: number
  series: Series[]
}

/**
 * The oldest rows of runs that are not folded, in the order of their arrival.
 * @param runs from which id on they are looked for: rows before it are folded
 */
export async function readLog(
  db: Kysely<Database>,
  runs: { key: RunKey; fromId: number }[],
): Promise<LogRow[]> {
  const rows = await runStatement<{ run_id: string; id: number; arrived_at: Date; body: string }>(db, READ, [
    runs.map(({ key }) => key.projectId),
    runs.map(({ key }) => key.runId),
    runs.map(({ fromId }) => fromId),
  ])
  return rows.map(({ run_id, id, arrived_at, body }) => {
    const bytes = Buffer.from(body, 'base64')
    const series = toSeriesList(decodeBlocks(bytes))
    return { runId: run_id, id, arrivedAt: arrived_at, bytes: bytes.length, series }
  })
}

const REMOVE = `/* remove-from-log, later */ delete from point_log log
  using unnest($1::int[], $2::uuid[], $3::bigint[]) as folded(project_id, run_id, id)
  where log.project_id = folded.project_id and log.run_id = folded.run_id and log.id = folded.id`

/** Whether there may be more rows than one reading gave. */
export function isFull(rows: LogRow[]): boolean {
  return rows.length >= MAX_PIECE_ROWS || rows.reduce((sum, { bytes }) => sum + bytes, 0) >= MAX_PIECE_BYTES
}

/** Removes folded rows. */
export async function removeFromLog(
  trx: Transaction<Database>,
  rows: { key: RunKey; id: number }[],
): Promise<void> {
  if (rows.length === 0) return
  await runStatement(trx, REMOVE, [
    rows.map(({ key }) => key.projectId),
    rows.map(({ key }) => key.runId),
    rows.map(({ id }) => id),
  ])
}

const PARK = `/* park-log-rows, later */ update point_log log set error = parked.error
  from unnest($1::int[], $2::uuid[], $3::bigint[], $4::text[]) as parked(project_id, run_id, id, error)
  where log.project_id = parked.project_id and log.run_id = parked.run_id and log.id = parked.id`

/** Sets rows aside that cannot be folded: they keep their points and say why, and the rows behind them are folded. */
export async function parkLogRows(
  trx: Transaction<Database>,
  rows: { key: RunKey; id: number; error: string }[],
): Promise<void> {
  if (rows.length === 0) return
  await runStatement(trx, PARK, [
    rows.map(({ key }) => key.projectId),
    rows.map(({ key }) => key.runId),
    rows.map(({ id }) => id),
    rows.map(({ error }) => error),
  ])
}

const WAITING = `/* waiting-in-log */ select wanted.run_id from unnest($1::int[], $2::uuid[]) as wanted(project_id, run_id)
  where exists (select from point_log log where log.project_id = wanted.project_id and log.run_id = wanted.run_id
    and log.error is null)`

/** The runs that have rows which are not folded. */
export async function findWaiting(db: Kysely<Database>, keys: RunKey[]): Promise<RunKey[]> {
  if (keys.length === 0) return []
  const rows = await runStatement<{ run_id: string }>(db, WAITING, [
    keys.map(({ projectId }) => projectId),
    keys.map(({ runId }) => runId),
  ])
  const waiting = new Set(rows.map(({ run_id }) => run_id))
  return keys.filter(({ runId }) => waiting.has(runId))
}
