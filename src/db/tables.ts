import type { AccessTables } from './tables/access.ts'
import type { ChartsTables } from './tables/charts.ts'
import type { ChatTables } from './tables/chat.ts'
import type { DeliveriesTables } from './tables/deliveries.ts'
import type { JobsTables } from './tables/jobs.ts'
import type { MetricsTables } from './tables/metrics.ts'
import type { NotesTables } from './tables/notes.ts'
import type { PointsTables } from './tables/points.ts'
import type { RunsTables } from './tables/runs.ts'

export type { Scope } from './tables/access.ts'
export type { ChannelRow, Platform, ScheduleRow } from './tables/chat.ts'
export type { DeliveryRow, DeliveryStatus, EpisodeState } from './tables/deliveries.ts'
export type { ChoreName } from './tables/jobs.ts'
export type { Aggregate, Direction, MetricRow } from './tables/metrics.ts'
export type { SummaryRow } from './tables/points.ts'
export type { ParamValue, RunKey, RunRow, RunStatus } from './tables/runs.ts'

/** All tables, by area. Run ids are 32 hex characters; bigints are steps or counts. */
export interface Database
  extends AccessTables,
    ChartsTables,
    ChatTables,
    DeliveriesTables,
    JobsTables,
    MetricsTables,
    NotesTables,
    PointsTables,
    RunsTables {}
