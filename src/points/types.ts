import type { Step } from '../db/step.ts'
import type { RunKey, RunStatus } from '../db/tables.ts'
import type { Series } from './blocks.ts'

/** New points of one metric. `steps` null: we number them. `times` in milliseconds, null: the time of acceptance. */
export interface SeriesInput {
  name: string
  steps: Step[] | null
  times: (number | null)[] | null
  values: number[]
}

/** What one run brings: series in the order of their arrival, a metric once or several times. */
export interface Entry {
  /** The run is locked by this transaction, and no other entry is of the same run. */
  key: RunKey
  series: Series[]
  /** True refuses points that are not stored yet. */
  ended?: boolean
  /** What the run is once this transaction ends. */
  status: RunStatus
}

/** Points that were stored, and those that were exact repeats of stored ones. */
export interface Counts {
  accepted: number
  repeats: number
}

/** The first new point of a run that takes none; nothing of the entry was stored. */
export interface Refusal {
  refused: { metricId: number; value: number | undefined }
}

export interface MetricName {
  projectId: number
  name: string
}
