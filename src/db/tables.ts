import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely'
import type { Step } from './step.ts'

/** Columns are named as in the migrations. Run ids are 32 hex characters, bigints are steps or counts. */
export interface Database {
  projects: ProjectsTable
  metrics: MetricsTable
  runs: RunsTable
  run_params: RunParamsTable
  param_names: ParamNamesTable
  run_tags: RunTagsTable
  run_data: RunDataTable
  run_logs: RunLogsTable
  notes: NotesTable
  note_runs: NoteRunsTable
  run_labels: RunLabelsTable
  metric_chunks: MetricChunksTable
  metric_summaries: MetricSummariesTable
  compactions: CompactionsTable
  chores: ChoresTable
  records: RecordsTable
  people: PeopleTable
  people_accounts: PeopleAccountsTable
  tokens: TokensTable
  web_sessions: WebSessionsTable
  idempotency_keys: IdempotencyKeysTable
  audit: AuditTable
  admins: AdminsTable
  outbox: OutboxTable
  channels: ChannelsTable
  subscriptions: SubscriptionsTable
  schedules: SchedulesTable
  mutes: MutesTable
  deliveries: DeliveriesTable
  announcements: AnnouncementsTable
  failure_groups: FailureGroupsTable
  answers: AnswersTable
  console_messages: ConsoleMessagesTable
  events_seen: EventsSeenTable
  charts: ChartsTable
  chart_files: ChartFilesTable
  unfurls: UnfurlsTable
}

export type Direction = 'max' | 'min'
export type Aggregate = 'best' | 'last' | 'min' | 'max'
export type RunStatus = 'running' | 'finished' | 'failed' | 'killed' | 'lost'
export type Scope = 'ingest' | 'read' | 'admin'
export type DeliveryStatus = 'planned' | 'sending' | 'sent' | 'failed'
/** jsonb: read as what was stored, written as JSON text. */
type Json<T> = ColumnType<T, string, string>
type StepColumn = ColumnType<Step, Step | string, Step | string>

export interface ProjectsTable {
  id: Generated<number>
  name: string
  next_run_number: Generated<number>
  created_at: Date
}

export interface MetricsTable {
  project_id: number
  id: Generated<number>
  name: string
  direction: Direction | null
  direction_source: 'declared' | 'well_known' | null
  unit: string | null
  min_delta: Generated<number>
  aggregate: Generated<Aggregate>
  is_primary: Generated<boolean>
  created_at: Date
}

export interface RunsTable {
  project_id: number
  id: string
  number: number
  name: string | null
  owner: string | null
  status: RunStatus
  source: Generated<string>
  seed: string | null
  /** The sweep's label: `group` in a POST and in a query. */
  sweep: string | null
  fingerprint: string | null
  seed_group: string | null
  code_repo: string | null
  code_commit: string | null
  code_branch: string | null
  code_dirty: boolean | null
  code_patch_hash: string | null
  env: JSONColumnType<Record<string, unknown>, string | undefined, string>
  command: string | null
  heartbeat_s: number | null
  starred: Generated<boolean>
  invalidated_at: Date | null
  invalidated_by: string | null
  invalid_reason: string | null
  started_at: Date
  ended_at: Date | null
  last_write_at: Date
  created_at: Date
}

export type ParamValue = string | number | boolean | null | ParamValue[] | { [key: string]: ParamValue }

export interface RunParamsTable {
  project_id: number
  run_id: string
  name: string
  value: Json<ParamValue>
  /** The value when it parses as a finite number, whatever its JSON type: MLflow sends text. */
  number: number | null
}

/** Which params a project's runs have: to tell params from metrics and to suggest names without reading runs. */
export interface ParamNamesTable {
  project_id: number
  name: string
}

export interface RunTagsTable {
  project_id: number
  run_id: string
  key: string
  value: string
}

export interface RunDataTable {
  project_id: number
  run_id: string
  name: string
  version: string
  path: string | null
  url: string | null
}

export interface RunLogsTable {
  project_id: number
  run_id: string
  id: Generated<number>
  lines: string[]
  created_at: Date
}

export interface NotesTable {
  project_id: number
  id: Generated<number>
  /** A learning is to be found again by whoever tries the same. */
  kind: Generated<'note' | 'learning'>
  author: string
  /** Who may edit it: 'slack:T1:U1', 'discord:99:7', 'person:ana'. Null for notes of before. */
  author_account: string | null
  /** Empty once it was taken back. */
  text: string
  /** The chat message that it is, 'slack:T1:C1:1700.1': events about that message change this note only. */
  source: string | null
  /** When the message was last changed, as its platform counts: an older event that comes late changes nothing. */
  source_version: Generated<number>
  permalink: string | null
  created_at: Date
  edited_at: Date | null
  /** Stays as a row without text, so that an event that comes late does not bring it back. */
  deleted_at: Date | null
}

/** The runs that a note is about; a learning may be about none. */
export interface NoteRunsTable {
  project_id: number
  note_id: number
  run_id: string
}

/** Reactions as labels: one row per account and message, present or taken back; the newest version wins. */
export interface RunLabelsTable {
  project_id: number
  run_id: string
  label: string
  account: string
  /** The message that carries the reaction; '' for a label given otherwise. */
  source: Generated<string>
  present: boolean
  /** Microseconds since 1970, as the platform tells them: an older event that comes late changes nothing. */
  version: number
  /** Whose it is, readable. */
  name: Generated<string>
  at: Date
}

/** Points in the order of their arrival. A metric's only point is in its summary, and in no row here. */
export interface MetricChunksTable {
  project_id: number
  run_id: string
  metric_id: number
  id: Generated<number>
  min_step: StepColumn
  max_step: StepColumn
  /** False when the sender gave no steps and we numbered the points. */
  stepped: boolean
  points: number
  /** As packed-points.ts packs them. */
  packed: Buffer
  /** A small row that waits to be put together with others, in a partition of its own. */
  loose: Generated<boolean>
}

export interface MetricSummariesTable {
  project_id: number
  run_id: string
  metric_id: number
  points: number
  nans: number
  infinities: number
  last_value: number
  last_step: StepColumn
  last_time: number
  last_stepped: boolean
  /** Over finite points only; null when there was none. Steps are null for points that came without. */
  min_value: number | null
  min_step: ColumnType<Step | null, Step | string | null, Step | string | null>
  max_value: number | null
  max_step: ColumnType<Step | null, Step | string | null, Step | string | null>
  max_seen_step: StepColumn
  /** True while the run counts for boards: finished and not taken off. */
  ranked: Generated<boolean>
  /** True while the run is not running. Those of running runs are a partition of their own, without indexes of values. */
  ended: Generated<boolean>
  /** How many small rows of points it has ever got. */
  loose: Generated<number>
  /** When a point of it last told that its run is alive. */
  noted_at: Date | null
  /** The newest points, as listPoints lists them, until they are a row of their own; with the step of the first. */
  tail: Generated<Buffer | null>
  tail_step: ColumnType<Step | null, Step | string | null | undefined, Step | string | null>
}

/** Runs with many small rows of points: at the end of a run, or when one metric has collected many. */
export interface CompactionsTable {
  project_id: number
  run_id: string
  /** When it may be taken; moved on by whoever takes it. */
  due_at: Date
  /** How often it was asked for: tells whether that happened again meanwhile. */
  requests: Generated<number>
}

export type ChoreName = 'sweep'

/** Work that comes again by itself, one row each. */
export interface ChoresTable {
  name: ChoreName
  /** When it may be taken; moved on by whoever takes it and whoever ends it. */
  due_at: Date
}

export interface RecordsTable {
  project_id: number
  metric_id: number
  id: Generated<number>
  run_id: string
  value: number
  step: ColumnType<Step | null, Step | string | null, never>
  set_at: Date
}

export interface PeopleTable {
  id: Generated<number>
  name: string
  created_at: Date
}

export interface PeopleAccountsTable {
  platform: string
  workspace: string
  account: string
  /** What the platform called it when it was linked; '' for links of before. */
  name: Generated<string>
  person_id: number
  created_at: Date
}

export interface TokensTable {
  id: Generated<number>
  name: string
  hash: string
  person: string
  scopes: Scope[]
  project_id: number | null
  created_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}

export interface WebSessionsTable {
  hash: string
  /** Null for the configured admin token. */
  token_id: number | null
  created_at: Date
  expires_at: Date
}

export interface IdempotencyKeysTable {
  scope: string
  key: string
  request_hash: string
  status: number | null
  response: ColumnType<unknown, string | null, string | null>
  created_at: Date
}

export interface AuditTable {
  id: Generated<number>
  at: Date
  actor: string
  origin: string
  action: string
  subject: string
  project_id: number | null
  details: JSONColumnType<Record<string, unknown>, string | undefined, string>
}

/** Who may do what changes things for everybody. With no row, everybody may. */
export interface AdminsTable {
  id: Generated<number>
  /** 'slack', 'discord'; 'any' for a person whose accounts are linked. */
  platform: string
  workspace: string
  kind: 'account' | 'role' | 'person'
  /** The platform's id of the account or role, or the person's name. */
  subject: string
  name: string
  named_by: string
  created_at: Date
}

export interface OutboxTable {
  id: Generated<number>
  topic: string
  payload: Json<unknown>
  created_at: Date
  lease_until: Date | null
  attempts: Generated<number>
  last_error: string | null
}

export interface ChannelsTable {
  id: Generated<number>
  platform: 'slack' | 'discord' | 'console'
  workspace: string
  channel: string
  name: string | null
  default_project: string | null
  /** No post before this: the platform's rate limit, or a Retry-After that holds the whole channel. */
  next_post_at: Date | null
  /** Definite refusals in a row; at five the route is paused. */
  refusals: Generated<number>
  paused_at: Date | null
  pause_reason: string | null
  created_at: Date
}

export interface SubscriptionsTable {
  id: Generated<number>
  channel_id: number
  project: string
  events: string[]
  /** The platform's user id of whoever typed watch: told directly when the route fails. */
  created_by: string
  created_at: Date
}

export interface SchedulesTable {
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

export interface MutesTable {
  channel_id: number
  rule: string
  project: string
  until: Date
  created_by: string
}

export interface DeliveriesTable {
  id: Generated<number>
  channel_id: number
  rule: string
  subject: string
  state: string
  project_id: number | null
  message: Json<unknown>
  /** Raised by every change of the message; what is sent lags behind until the channel is drained. */
  version: Generated<number>
  sent_version: Generated<number>
  status: Generated<DeliveryStatus>
  parent_id: number | null
  external_id: string | null
  url: string | null
  due_at: Date
  edit_due_at: Date | null
  /** The version that the last edit was begun with: what changes after that waits for an edit of its own. */
  edit_version: Generated<number>
  edits: Generated<number>
  /** It was posted before its pictures were there: they follow by an edit. */
  pictures_due: Generated<boolean>
  attempts: Generated<number>
  attempt_at: Date | null
  last_error: string | null
  created_at: Date
  sent_at: Date | null
}

export interface AnnouncementsTable {
  delivery_id: number
  channel_id: number
  project_id: number
  metric_id: number
  records: Json<unknown>
  beaten_by: ColumnType<unknown, string | null, string | null>
  open_until: Date
  created_at: Date
}

export interface FailureGroupsTable {
  project_id: number
  channel_id: number
  signature: string
  delivery_id: number
  run_count: number
  last_at: Date
}

export interface AnswersTable {
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

export interface ConsoleMessagesTable {
  id: Generated<number>
  ref: string
  parent_id: number | null
  message: Json<unknown>
  posted_at: Date
  edited_at: Date | null
}

/** The last preview of a run in a place: another one has to wait. */
export interface UnfurlsTable {
  project_id: number
  run_id: string
  platform: string
  workspace: string
  place: string
  /** The message with the preview; told again, it keeps it. */
  message: string
  at: Date
}

export interface EventsSeenTable {
  platform: string
  key: string
  seen_at: Date
}

export type MetricRow = Selectable<MetricsTable>
export type RunRow = Selectable<RunsTable>
export type SummaryRow = Selectable<MetricSummariesTable>
export type ChannelRow = Selectable<ChannelsTable>
export type DeliveryRow = Selectable<DeliveriesTable>
export type ScheduleRow = Selectable<SchedulesTable>

/** What is drawn, and the picture once it was; each may be there without the other. */
export interface ChartsTable {
  hash: string
  chart: Json<unknown> | null
  png: Buffer | null
  used_at: Date
}

/** A picture as a chat workspace keeps it. */
export interface ChartFilesTable {
  workspace: string
  hash: string
  /** The platform's id of the file. */
  file: string
  /** Whether the platform has said that it can be shown. */
  usable: boolean
  uploaded_at: Date
}
