import type { Step } from '../db/step.ts'
import type { Database, RunKey } from '../db/tables.ts'
import type { Transaction } from 'kysely'
import type { Ctx } from '../context.ts'

/** New points of one metric. `steps` null: we number them. `times` in milliseconds, null: the time of acceptance. */
export interface SeriesInput {
  name: string
  steps: Step[] | null
  times: (number | null)[] | null
  values: number[]
}

/** What one run brings. */
export interface Entry {
  key: RunKey
  series: SeriesInput[]
}

/** Points that were stored, and those that were exact repeats of stored ones. */
export interface Counts {
  accepted: number
  repeats: number
}

export interface MetricName {
  projectId: number
  name: string
}

/**
 * Defines metrics that are new: what a metric means (its direction, its unit) is the domain's.
 * @returns the id of each of the named metrics
 */
export type EnsureMetrics = (
  trx: Transaction<Database>,
  ctx: Pick<Ctx, 'clock'>,
  names: MetricName[],
) => Promise<(projectId: number, name: string) => number>
