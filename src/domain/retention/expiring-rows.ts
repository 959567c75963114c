import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../db/tables.ts'

const DAY_MS = 24 * 3_600_000
/** How long the buttons, edits and threads of a posted message work. */
const MESSAGES_MS = 365 * DAY_MS

/** Rows that are deleted some time after they were needed last. */
export interface ExpiringRows {
  table: keyof Database
  afterMs: number
  /** The rows to delete; `before` is now less `afterMs`. */
  where(before: Date): RawBuilder<boolean>
}

/** In this order: rows that refer to others are deleted first. Tables that are not named here keep their rows. */
export const EXPIRING: ExpiringRows[] = [
  { table: 'idempotency_keys', afterMs: DAY_MS, where: (before) => sql`created_at <= ${before}` },
  { table: 'answers', afterMs: DAY_MS, where: (before) => sql`created_at <= ${before}` },
  { table: 'events_seen', afterMs: 7 * DAY_MS, where: (before) => sql`seen_at <= ${before}` },
  { table: 'unfurls', afterMs: DAY_MS, where: (before) => sql`at <= ${before}` },
  { table: 'mutes', afterMs: 0, where: (before) => sql`until <= ${before}` },
  { table: 'web_sessions', afterMs: 0, where: (before) => sql`expires_at <= ${before}` },
  // A chart that is shown again is stored again.
  { table: 'charts', afterMs: 2 * DAY_MS, where: (before) => sql`used_at <= ${before}` },
  { table: 'chart_files', afterMs: 30 * DAY_MS, where: (before) => sql`uploaded_at <= ${before}` },
  { table: 'deliveries', afterMs: MESSAGES_MS, where: settledDeliveries },
  {
    table: 'console_messages',
    afterMs: MESSAGES_MS,
    where: (before) => sql`posted_at <= ${before} and not exists (
      select from deliveries where deliveries.id = substring(ref from '^d:([0-9]{1,18})$')::bigint)`,
  },
]

/**
 * What waits, is edited or was answered later stays. So does the newest message of an alert that still fires in a
 * channel, however old it is: the run that beats a record changes the record's post. Episodes go with their message.
 */
function settledDeliveries(before: Date): RawBuilder<boolean> {
  return sql`created_at <= ${before} and status in ('sent', 'failed') and edit_due_at is null
    and not exists (select from deliveries reply where reply.parent_id = deliveries.id
      and (reply.created_at > ${before} or reply.status in ('planned', 'sending') or reply.edit_due_at is not null))
    and (status = 'failed' or not exists (
      select from episodes own where own.delivery_id = deliveries.id and own.state = 'firing' and not exists (
        select from episodes later join deliveries post on post.id = later.delivery_id
        where later.project_id = own.project_id and later.rule = own.rule and later.key = own.key
          and later.channel_id = own.channel_id and later.delivery_id > own.delivery_id
          and post.status != 'failed')))`
}
