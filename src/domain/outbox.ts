import { type Kysely, sql } from 'kysely'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/tables.ts'
import { cut } from '../messages/build.ts'

type Db = Kysely<Database>

const ERROR_LIMIT = 1_000
/** A worker of an older release may have parked the event: it is tried again after this time at the earliest. */
const PARKED_AGAIN_MS = 10_000

/** Sets an event aside with the reason, so that no relay hands it over until a release knows its topic. */
export async function parkEvent(
  db: Db,
  { clock }: Pick<Ctx, 'clock'>,
  id: number,
  error: string,
): Promise<void> {
  // The endless lease is what relays of the release before this one heed.
  await sql`update outbox set parked_at = ${clock.now()}, lease_until = 'infinity', last_error = ${error}
    where id = ${id}`.execute(db)
}

/** Gives parked events of the topics that this release knows back to the relay. @returns how many */
export async function unparkEvents(
  { db, clock }: Pick<Ctx, 'db' | 'clock'>,
  topics: readonly string[],
): Promise<number> {
  const before = new Date(clock.now().getTime() - PARKED_AGAIN_MS)
  // index: outbox_parked
  const { numAffectedRows = 0n } = await sql`
    update outbox set parked_at = null, lease_until = null, attempts = 0
    where parked_at <= ${before} and topic = any(${[...topics]}::text[])`.execute(db)
  return Number(numAffectedRows)
}

/** Stores why an event's handler failed. It is handed over again when its lease ends. */
export async function storeEventError(db: Db, id: number, error: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ last_error: cut(error, ERROR_LIMIT) })
    .where('id', '=', id)
    .execute()
}

/** Events of one topic that are parked, or whose handler fails. */
export interface TroubledEvents {
  topic: string
  parked: boolean
  count: number
  /** Hand-overs of the one that was tried most. */
  attempts: number
  /** The newest event's. */
  error: string
}

const TOPICS_LIMIT = 20

/** Events that wait because of an error, by topic, parked ones first. */
export async function troubledEvents(db: Db): Promise<TroubledEvents[]> {
  const { rows } = await sql<TroubledEvents>`
    select topic, parked_at is not null as parked, count(*) as count, max(attempts) as attempts,
      (array_agg(last_error order by id desc))[1] as error
    from outbox where last_error is not null
    group by topic, parked_at is not null order by parked desc, topic limit ${TOPICS_LIMIT}`.execute(db)
  return rows
}
