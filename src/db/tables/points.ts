import type { ColumnType, Generated, Selectable } from 'kysely'
import type { Step } from '../step.ts'
import type { StepColumn } from './columns.ts'

export interface PointsTables {
  metric_summaries: MetricSummariesTable
  metric_chunks: MetricChunksTable
  compactions: CompactionsTable
  point_log: PointLogTable
  point_pages: PointPagesTable
  fold_due: FoldDueTable
}

export type SummaryRow = Selectable<MetricSummariesTable>

interface MetricSummariesTable {
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
  /** Over finite points only; null without any. Steps are null for points that came without. */
  min_value: number | null
  min_step: ColumnType<Step | null, Step | string | null, Step | string | null>
  max_value: number | null
  max_step: ColumnType<Step | null, Step | string | null, Step | string | null>
  max_seen_step: StepColumn
  /** True while the run counts for boards: finished and not taken off. */
  ranked: Generated<boolean>
  /** True while the run is not running. Those of running runs are a partition of their own, without indexes of values. */
  ended: Generated<boolean>
}

/** Points in the order of their arrival. A metric's only point is in its summary, without a chunk. */
interface MetricChunksTable {
  project_id: number
  run_id: string
  metric_id: number
  id: Generated<number>
  min_step: StepColumn
  max_step: StepColumn
  /** False when the sender gave no steps, so that the points were numbered here. */
  stepped: boolean
  points: number
  /** Packed by packed-points.ts. */
  packed: Buffer
}

/** Requests for metrics that are not folded yet, in the order of their ids. */
interface PointLogTable {
  project_id: number
  run_id: string
  id: Generated<number>
  arrived_at: Date
  /** Packed by points/blocks.ts. */
  body: Buffer
  /** Why a fold has set the row aside. */
  error: Generated<string | null>
}

/** Folded points of many metrics of a run, in the order of their arrival. */
interface PointPagesTable {
  project_id: number
  run_id: string
  id: Generated<number>
  /** How many points the metric with the most has in it. */
  points: number
  /** Packed by points/blocks.ts. */
  body: Buffer
}

/** Runs that may have rows in the log. */
interface FoldDueTable {
  project_id: number
  run_id: string
  /** Rows of the log with lower ids are folded, but for late ones, which are looked for now and then. */
  from_id: Generated<number>
}

/** Ended runs whose pages and small chunks are to be merged. */
interface CompactionsTable {
  project_id: number
  run_id: string
  /** Free to be leased from this time on; a lease moves it on. */
  due_at: Date
  /** How often a merge was requested: a change during a merge means that another one is needed. */
  requests: Generated<number>
}
