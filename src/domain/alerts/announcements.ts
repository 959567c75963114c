import { sql, type Transaction } from 'kysely'
import type { Database, DeliveryStatus } from '../../db/tables.ts'
import type { SetRecord } from '../../events.ts'

/** One record in a new-best message. */
export interface AnnouncedRecord {
  runId: string
  value: number
  step: number | string | null
  previous: SetRecord['previous']
  at: string
}

/** What one message says of one metric. */
export interface AnnouncedMetric {
  metricId: number
  /** From the first to the best: each beat the one before it, whatever the order in which they were handled. */
  records: AnnouncedRecord[]
  beatenBy: AnnouncedRecord | null
}

/** The newest new-best message of a metric in a channel. */
export interface Announcement {
  deliveryId: number
  channelId: number
  projectId: number
  metricId: number
  openUntil: Date
  status: DeliveryStatus
  edits: number
  editDueAt: Date | null
  /** The best value that counts of those that the message tells of this metric. */
  best: number
}

/** How far back a message is looked for that tells of a record which counts. */
const LOOKED_AT = 10

/** The newest message that tells of a record of this metric; those whose records were all taken back are passed over. */
export async function latestAnnouncement(
  trx: Transaction<Database>,
  projectId: number,
  metricId: number,
  channelId: number,
): Promise<Announcement | undefined> {
  const rows = await trx
    .selectFrom('announcements')
    .innerJoin('deliveries', 'deliveries.id', 'announcements.delivery_id')
    .select(['announcements.open_until', 'deliveries.id', 'deliveries.status', 'deliveries.edits'])
    .select(['deliveries.edit_due_at', 'announcements.records'])
    .where('announcements.project_id', '=', projectId)
    .where('announcements.metric_id', '=', metricId)
    .where('announcements.channel_id', '=', channelId)
    .where('deliveries.status', '!=', 'failed')
    .orderBy('announcements.delivery_id', 'desc')
    .limit(LOOKED_AT)
    .execute()
  const told = rows.map((row) => ({ ...row, records: row.records as AnnouncedRecord[] }))
  const ids = told.flatMap(({ records }) => records.map(({ runId }) => runId))
  const invalid = await areInvalid(trx, projectId, ids)
  for (const { records, ...row } of told) {
    const best = records.findLast(({ runId }) => !invalid.has(runId))
    if (best === undefined) continue
    return {
      deliveryId: row.id,
      channelId,
      projectId,
      metricId,
      openUntil: row.open_until,
      status: row.status,
      edits: row.edits,
      editDueAt: row.edit_due_at,
      best: best.value,
    }
  }
  return undefined
}

/** Those of some runs that were made invalid. */
export async function areInvalid(
  trx: Transaction<Database>,
  projectId: number,
  runIds: string[],
): Promise<Set<string>> {
  if (runIds.length === 0) return new Set()
  const rows = await trx
    .selectFrom('runs')
    .select('id')
    .where('project_id', '=', projectId)
    .where('id', '=', sql<string>`any(${runIds}::uuid[])`)
    .where('invalidated_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export async function readAnnouncements(
  trx: Transaction<Database>,
  deliveryId: number,
): Promise<AnnouncedMetric[]> {
  const rows = await trx
    .selectFrom('announcements')
    .select(['metric_id', 'records', 'beaten_by'])
    .where('delivery_id', '=', deliveryId)
    .orderBy('metric_id')
    .execute()
  return rows.map((row) => ({
    metricId: row.metric_id,
    records: row.records as AnnouncedRecord[],
    beatenBy: row.beaten_by as AnnouncedRecord | null,
  }))
}

export async function insertAnnouncements(
  trx: Transaction<Database>,
  of: { deliveryId: number; channelId: number; projectId: number; openUntil: Date; now: Date },
  metrics: AnnouncedMetric[],
): Promise<void> {
  await trx
    .insertInto('announcements')
    .values(
      metrics.map(({ metricId, records, beatenBy }) => ({
        delivery_id: of.deliveryId,
        channel_id: of.channelId,
        project_id: of.projectId,
        metric_id: metricId,
        records: JSON.stringify(records),
        beaten_by: beatenBy === null ? null : JSON.stringify(beatenBy),
        open_until: of.openUntil,
        created_at: of.now,
      })),
    )
    .execute()
}

export async function updateAnnouncement(
  trx: Transaction<Database>,
  deliveryId: number,
  { metricId, records, beatenBy }: AnnouncedMetric,
): Promise<void> {
  await trx
    .updateTable('announcements')
    .set({
      records: JSON.stringify(records),
      beaten_by: beatenBy === null ? null : JSON.stringify(beatenBy),
    })
    .where('delivery_id', '=', deliveryId)
    .where('metric_id', '=', metricId)
    .execute()
}
