import { sql, type Transaction } from 'kysely'
import type { Ctx } from './context.ts'
import type { Database, RunStatus } from './db/tables.ts'

/**
 * Outbox payloads by topic. They hold ids only; the handler reads the rest. A topic says what happened, in the past
 * tense, and is emitted only where a handler listens: `run.completed`, for a run that just finished, is added with the
 * first rule that needs it. A topic's word is never given another meaning.
 */
export interface Events {
  /** A finished run beat at least one record. `at`: when the records were decided, however late the event is handled. */
  'record.beaten': { projectId: number; runId: string; at: string; records: SetRecord[] }
  /** A run failed, was killed or got lost. */
  'run.failed': { projectId: number; runId: string; status: Exclude<RunStatus, 'running' | 'finished'> }
  /** A run that counted as lost wrote again. */
  'run.returned': { projectId: number; runId: string }
  /** A run was made invalid, or valid again; `since`: when it had been made invalid before that. */
  'run.validity': { projectId: number; runId: string; since: string | null }
  'channel.due': { channelId: number }
}

/** A record as it was decided in the transaction that finished the run. */
export interface SetRecord {
  metricId: number
  value: number
  step: number | string | null
  previous: { runId: string; value: number; setAt: string } | null
}

export type Topic = keyof Events

export const OUTBOX_CHANNEL = 'expediter_outbox'

/** Writes an event beside the change that it tells of: both commit or neither does. */
export async function emit<T extends Topic>(
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  topic: T,
  payload: Events[T],
): Promise<void> {
  await sql`/* emit-event, later */ with event as (
      insert into outbox (topic, payload, created_at)
      values (${topic}, ${JSON.stringify(payload)}, ${ctx.clock.now()})
    ) select pg_notify(${OUTBOX_CHANNEL}, '')`.execute(trx)
}
