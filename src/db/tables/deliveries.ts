import type { Generated, Selectable } from 'kysely'
import type { Json } from './columns.ts'

export type DeliveryStatus = 'planned' | 'sending' | 'sent' | 'failed'

export type EpisodeState = 'firing' | 'resolved'

export interface DeliveriesTables {
  deliveries: DeliveriesTable
  episodes: EpisodesTable
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

/** Of what an alert rule found: one key of one project in one channel, and the message that says so. */
interface EpisodesTable {
  id: Generated<number>
  rule: string
  project_id: number
  /** What the rule watches, in its own words: a metric's id, an error. */
  key: string
  channel_id: number
  delivery_id: number
  opened_at: Date
  /** Until then further findings of the key may join the message. */
  open_until: Date
  /** What joined so far, in the shape of the rule. */
  members: Json<unknown>
  state: EpisodeState
}
