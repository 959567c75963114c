import type { Step } from '../../db/step.ts'
import type { Aggregate, Direction } from '../../db/tables.ts'
import type { Summary } from '../../points/index.ts'

export interface ChosenValue {
  value: number
  /** Null when the sender gave no steps. */
  step: Step | null
}

/**
 * The one value that stands for a run on boards, by the metric's aggregate; undefined when it is not finite
 * (the run diverged). `best` follows the direction; without a direction there is no best.
 */
export function chosenValue(
  summary: Summary,
  aggregate: Aggregate,
  direction: Direction | null,
): ChosenValue | undefined {
  const kind = aggregate === 'best' ? direction : aggregate
  if (kind === 'max') return finite(summary.max_value, summary.max_step)
  if (kind === 'min') return finite(summary.min_value, summary.min_step)
  if (kind === 'last') return finite(summary.last_value, summary.last_stepped ? summary.last_step : null)
  return undefined
}

function finite(value: number | null, step: Step | null): ChosenValue | undefined {
  return value !== null && Number.isFinite(value) ? { value, step } : undefined
}
