import type { Generated, Selectable } from 'kysely'
import type { Json } from './columns.ts'

/** The one list of platforms that messages go to. */
export type Platform = 'slack' | 'discord' | 'console'

export interface ChatTables {
  channels: ChannelsTable
  subscriptions: SubscriptionsTable
  mutes: MutesTable
  schedules: SchedulesTable
  answers: AnswersTable
  console_messages: ConsoleMessagesTable
  unfurls: UnfurlsTable
  events_seen: EventsSeenTable
}

export type ChannelRow = Selectable<ChannelsTable>
export type ScheduleRow = Selectable<SchedulesTable>

interface ChannelsTable {
  id: Generated<number>
  platform: Platform
  workspace: string
  channel: string
  name: string | null
  default_project: string | null
  /** No post before this: the platform's rate limit, or a Retry-After that holds the whole channel. */
  next_post_at: Date | null
  /** Definite refusals in a row; the fifth pauses the channel. */
  refusals: Generated<number>
  paused_at: Date | null
  pause_reason: string | null
  /** The sender that has the channel to itself until then, by PostgreSQL's clock; null: free. */
  lease_id: string | null
  lease_until: Date | null
  created_at: Date
}

interface SubscriptionsTable {
  id: Generated<number>
  channel_id: number
  project: string
  events: string[]
  /** The platform's id of the account that typed `watch`: notified directly when the channel is paused. */
  created_by: string
  created_at: Date
}

interface MutesTable {
  channel_id: number
  rule: string
  project: string
  until: Date
  created_by: string
}

interface SchedulesTable {
  id: Generated<number>
  channel_id: number
  report: string
  project: string | null
  /** ISO weekdays, Monday is 1. */
  days: number[]
  at_time: string
  zone: string
  created_by: string
  created_at: Date
  last_slot: Date
  next_slot: Date
}

interface AnswersTable {
  id: string
  line: string
  message: Json<unknown>
  platform: string
  workspace: string
  channel: string
  user_id: string
  created_at: Date
  shared_at: Date | null
}

interface ConsoleMessagesTable {
  id: Generated<number>
  ref: string
  parent_id: number | null
  message: Json<unknown>
  posted_at: Date
  edited_at: Date | null
}

/** The last preview of each run per channel or thread: the next preview has to wait. */
interface UnfurlsTable {
  project_id: number
  run_id: string
  platform: string
  workspace: string
  place: string
  /** The message that carries the preview: an event about it that comes again keeps the preview. */
  message: string
  at: Date
}

/** Events of the platforms that were handled, so that a repeat changes nothing. */
interface EventsSeenTable {
  platform: string
  key: string
  seen_at: Date
}
