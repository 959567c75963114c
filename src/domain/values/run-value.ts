import type { Step } from '../../db/step.ts'
import type { Aggregate, Direction } from '../../db/tables.ts'
import type { Summary } from '../../points/index.ts'

export interface ChosenValue {
  value: number
  /** Null when the sender gave no steps. */
  step: Step | null
}

/** How a metric's one value of a run is chosen. */
export interface Choice {
  aggregate: Aggregate
  direction: Direction | null
}

/** Without a direction there is no best: the last value stands for the run. */
export function aggregateOf({ aggregate, direction }: Choice): Aggregate {
  return aggregate === 'best' && direction === null ? 'last' : aggregate
}

/** The column of metric_summaries that has a run's value of the metric. */
export function valueColumn({ aggregate, direction }: Choice): 'max_value' | 'min_value' | 'last_value' {
  return `${aggregate === 'best' ? (direction ?? 'last') : aggregate}_value`
}

/**
 * The one value that stands for a run on boards, by the metric's aggregate; undefined when it is not finite
 * (the run diverged). `valueSql` of run-value-sql.ts is the same in SQL.
 */
export function chosenValue(summary: Summary, choice: Choice): ChosenValue | undefined {
  switch (valueColumn(choice)) {
    case 'max_value':
      return finite(summary.max_value, summary.max_step)
    case 'min_value':
      return finite(summary.min_value, summary.min_step)
    case 'last_value':
      return finite(summary.last_value, summary.last_stepped ? summary.last_step : null)
  }
}

function finite(value: number | null, step: Step | null): ChosenValue | undefined {
  return value !== null && Number.isFinite(value) ? { value, step } : undefined
}
