import type { ColumnType, Generated, Selectable } from 'kysely'
import type { Json } from './columns.ts'

export type DeliveryStatus = 'planned' | 'sending' | 'sent' | 'failed'

export interface DeliveriesTables {
  deliveries: DeliveriesTable
  announcements: AnnouncementsTable
  failure_groups: FailureGroupsTable
}

export type DeliveryRow = Selectable<DeliveriesTable>

interface DeliveriesTable {
  id: Generated<number>
  channel_id: number
  rule: string
  subject: string
  state: string
  project_id: number | null
  message: Json<unknown>
  /** Raised by every change of the message; sent_version follows once the channel is drained. */
  version: Generated<number>
  sent_version: Generated<number>
  status: Generated<DeliveryStatus>
  parent_id: number | null
  external_id: string | null
  url: string | null
  due_at: Date
  edit_due_at: Date | null
  /** The version that the last edit began with: later changes need another edit. */
  edit_version: Generated<number>
  edits: Generated<number>
  /** The message was posted before its pictures were drawn: an edit adds them. */
  pictures_due: Generated<boolean>
  attempts: Generated<number>
  /** Failed attempts in a row that were our own fault: only these have a limit. */
  faults: Generated<number>
  attempt_at: Date | null
  last_error: string | null
  created_at: Date
  sent_at: Date | null
}

interface AnnouncementsTable {
  delivery_id: number
  channel_id: number
  project_id: number
  metric_id: number
  records: Json<unknown>
  beaten_by: ColumnType<unknown, string | null, string | null>
  open_until: Date
  created_at: Date
}

interface FailureGroupsTable {
  project_id: number
  channel_id: number
  signature: string
  delivery_id: number
  run_count: number
  last_at: Date
}
