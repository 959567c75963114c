import { type Kysely, sql } from 'kysely'
import type { Database, DeliveryRow } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'
import { readMessage } from '../../messages/stored.ts'
import { OPEN } from './states.ts'

type Db = Kysely<Database>

/** A message to one channel, with the fields that the sender needs. */
export type Delivery = Omit<DeliveryRow, 'message'> & {
  message: Message
  /** The platform's id of the message it replies to; null when it is not a reply. */
  parent: { externalId: string | null; status: string } | null
}

/** The oldest open post of the channel. Later posts wait for it, so that posts keep their order. */
export async function nextOpenPost(db: Db, channelId: number): Promise<Delivery | undefined> {
  const row = await withParents(db)
    .where('deliveries.channel_id', '=', channelId)
    .where('deliveries.status', 'in', [...OPEN])
    .orderBy('deliveries.id')
    .limit(1)
    .executeTakeFirst()
  return row && delivery(row)
}

/** The posted message whose edit has been due for the longest time. */
export async function nextDueEdit(db: Db, channelId: number, now: Date): Promise<Delivery | undefined> {
  const row = await withParents(db)
    .where('deliveries.channel_id', '=', channelId)
    .where('deliveries.status', '=', 'sent')
    .where('deliveries.edit_due_at', '<=', now)
    .orderBy('deliveries.edit_due_at')
    .orderBy('deliveries.id')
    .limit(1)
    .executeTakeFirst()
  return row && delivery(row)
}

/** When the channel's next post or edit is due; null when nothing is planned. */
export async function nextWake(db: Db, channelId: number): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(at) as at from (
      select due_at as at from deliveries where channel_id = ${channelId} and status in ('planned', 'sending')
      union all
      select edit_due_at from deliveries
      where channel_id = ${channelId} and status = 'sent' and edit_due_at is not null
    ) pending`.execute(db)
  return rows[0]?.at ?? null
}

/** Channels with a post or edit that is due now, without paused and delayed ones. */
export async function dueChannels(db: Db, now: Date): Promise<number[]> {
  // index: deliveries_open, deliveries_edits
  const { rows } = await sql<{ channel_id: number }>`
    select distinct pending.channel_id from (
      select channel_id from deliveries where status in ('planned', 'sending') and due_at <= ${now}
      union all
      select channel_id from deliveries where edit_due_at <= ${now} and status = 'sent'
    ) pending
    join channels on channels.id = pending.channel_id
    where channels.paused_at is null and (channels.next_post_at is null or channels.next_post_at <= ${now})`.execute(
    db,
  )
  return rows.map((row) => row.channel_id)
}

/** The number of open posts in all channels. */
export async function countOpen(db: Db): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    select count(*) as open from deliveries where status in ('planned', 'sending')`.execute(db)
  return rows[0]?.open ?? 0
}

/** The fields of a delivery that alert rules read. */
export interface KnownDelivery
  extends Pick<DeliveryRow, 'id' | 'channel_id' | 'subject' | 'status' | 'edits' | 'edit_due_at' | 'url'> {
  message: Message
}

const KNOWN = ['id', 'channel_id', 'subject', 'status', 'edits', 'edit_due_at', 'url', 'message'] as const

/** The deliveries that a rule planned for a subject and state, in all channels. */
export async function deliveriesAbout(
  db: Db,
  { rule, subject, state }: { rule: string; subject: string; state: string },
): Promise<KnownDelivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select(KNOWN)
    .where('rule', '=', rule)
    .where('subject', '=', subject)
    .where('state', '=', state)
    .execute()
  return rows.map(known)
}

const SHARED_LIMIT = 200

/** Shared answers about a run that did not fail to be posted, newest first; of one kind, or of all. */
export async function sharedAbout(db: Db, runId: string, kind?: string): Promise<KnownDelivery[]> {
  const about = JSON.stringify([runId])
  // index: shared_by_run
  const { rows } = await sql<DeliveryRow>`
    select id, channel_id, subject, status, edits, edit_due_at, url, message from deliveries
    where rule = 'share' and message -> 'about' @> ${about}::jsonb and status <> 'failed'
      and ${kind === undefined ? sql`true` : sql`message ->> 'kind' = ${kind}`}
    order by id desc limit ${SHARED_LIMIT}`.execute(db)
  return rows.map(known)
}

/** Messages that will not be posted. */
export interface FailedDeliveries {
  count: number
  /** Of the newest one: 'slack experiments'. */
  channel: string | null
  error: string | null
}

/** Messages that were planned since a time and failed. */
export async function failedSince(db: Db, since: Date): Promise<FailedDeliveries> {
  // index: deliveries_by_age
  const { rows } = await sql<FailedDeliveries>`
    select count(*) over () as count, failed.last_error as error,
      channel.platform || ' ' || coalesce(channel.name, channel.channel) as channel
    from deliveries failed join channels channel on channel.id = failed.channel_id
    where failed.status = 'failed' and failed.created_at > ${since}
    order by failed.id desc limit 1`.execute(db)
  return rows[0] ?? { count: 0, channel: null, error: null }
}

function known<T extends { message: unknown }>(row: T): T & { message: Message } {
  return { ...row, message: readMessage(row.message) }
}

function withParents(db: Db) {
  return db
    .selectFrom('deliveries')
    .leftJoin('deliveries as parent', 'parent.id', 'deliveries.parent_id')
    .selectAll('deliveries')
    .select(['parent.external_id as parent_external_id', 'parent.status as parent_status'])
}

function delivery(
  row: DeliveryRow & { parent_external_id: string | null; parent_status: string | null },
): Delivery {
  const { parent_external_id, parent_status, ...own } = row
  return {
    ...own,
    message: readMessage(own.message),
    parent: parent_status === null ? null : { externalId: parent_external_id, status: parent_status },
  }
}
