import type { ColumnType, Generated, Selectable } from 'kysely'
import type { Step } from '../step.ts'

export type Direction = 'max' | 'min'
export type Aggregate = 'best' | 'last' | 'min' | 'max'

export interface MetricsTables {
  metrics: MetricsTable
  records: RecordsTable
}

export type MetricRow = Selectable<MetricsTable>

interface MetricsTable {
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

interface RecordsTable {
  project_id: number
  metric_id: number
  id: Generated<number>
  run_id: string
  value: number
  step: ColumnType<Step | null, Step | string | null, never>
  set_at: Date
}
