/** One line of the result: rounds of a figure, taken in turn with the rounds of its reference. */
export interface Measure {
  name: string
  unit: string
  rounds: number[]
  /** What the ratio is against, measured in the same run. */
  reference?: { name: string; rounds: number[] }
  goal?: Goal
  /** What a reader must know to take the figure for what it is. */
  note?: string
}

export interface Goal {
  /** The figure itself, or its ratio to the reference round by round. */
  of: 'figure' | 'ratio'
  atLeast?: number
  atMost?: number
}

export interface Part {
  name: string
  summary: string
  run(bench: Bench): Promise<Measure[]>
}

/** What a part may use. */
export interface Bench {
  /** A folder on the same disk as the project, removed in the end: a tmpfs would hide what fsync costs. */
  folder: string
  /** A line of progress. */
  say(line: string): void
  /** Called in the end, last first. */
  onEnd(stop: () => Promise<void>): void
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** The value below which the given share of the samples lies (nearest rank). */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function ratios({ rounds, reference }: Measure): number[] {
  return reference === undefined
    ? []
    : rounds.map((value, round) => value / (reference.rounds[round] ?? Number.NaN))
}

/** Undefined without a goal. */
export function isMet(measure: Measure): boolean | undefined {
  const { goal } = measure
  if (goal === undefined) return undefined
  const value = median(goal.of === 'ratio' ? ratios(measure) : measure.rounds)
  return (
    value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (goal.atMost ?? Number.POSITIVE_INFINITY)
  )
}
