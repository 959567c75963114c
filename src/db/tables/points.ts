import type { ColumnType, Generated, Selectable } from 'kysely'
import type { Step } from '../step.ts'
import type { StepColumn } from './columns.ts'

export interface PointsTables {
  metric_summaries: MetricSummariesTable
  metric_chunks: MetricChunksTable
  compactions: CompactionsTable
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
  /** How many small chunks were ever stored for this metric of this run. */
  loose: Generated<number>
  /** When a point of this metric last counted as a sign of life of its run. */
  noted_at: Date | null
  /** The newest points, packed as in a chunk, until they become one; with the step of the first. */
  tail: Generated<Buffer | null>
  tail_step: ColumnType<Step | null, Step | string | null | undefined, Step | string | null>
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
  /** True for a small chunk that waits to be merged with others, in a partition of its own. */
  loose: Generated<boolean>
}

/** Runs with many small chunks to merge: after the end of a run, or once one metric has many. */
interface CompactionsTable {
  project_id: number
  run_id: string
  /** Free to be leased from this time on; a lease moves it on. */
  due_at: Date
  /** How often a merge was requested: a change during a merge means that another one is needed. */
  requests: Generated<number>
}
