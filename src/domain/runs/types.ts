import type { Step } from '../../db/step.ts'
import type { Aggregate, Direction, ParamValue, RunStatus } from '../../db/tables.ts'

export interface CodeInput {
  repo?: string
  commit?: string
  branch?: string
  dirty?: boolean
  /** sha256 of the uncommitted changes. */
  patch_hash?: string
}

export interface DataInput {
  name: string
  version: string
  path?: string
  url?: string
}

/** What a run may say of itself: the body of POST /runs, already validated; metric values are doubles here. */
export interface RunInput {
  project: string
  name?: string
  owner?: string
  status?: RunStatus
  params?: Record<string, ParamValue>
  metrics?: Record<string, number>
  tags?: Record<string, string>
  seed?: string | number
  group?: string
  code?: CodeInput
  data?: DataInput[]
  env?: Record<string, unknown>
  command?: string
  heartbeat_s?: number
  started_at?: Date
  ended_at?: Date
  on_duplicate?: 'off' | 'warn' | 'block'
  /** Which protocol it came by; 'api' unless said. */
  source?: string
}

/** The body of PATCH /runs/{run}: what is given changes, what is absent stays. */
export type RunPatch = Omit<Partial<RunInput>, 'project' | 'on_duplicate' | 'source'>

/** A record that a finishing run set. `previous` null: the metric's first, nothing was beaten. */
export interface RecordSet {
  metric: string
  value: number
  previous: { run: string; value: number } | null
}

/** An earlier run with the same inputs. */
export interface Duplicate {
  run: string
  url: string
  status: RunStatus
  metrics: Record<string, number>
}

export interface MetricView {
  /** By the metric's aggregate; null when there is no finite value. */
  value: number | null
  aggregate: Aggregate
  direction: Direction | null
  unit: string | null
  /** The step of `value`; null when the sender gave none. */
  step: Step | null
  last: number
  last_step: Step | null
  min: number | null
  min_step: Step | null
  max: number | null
  max_step: Step | null
  points: number
  nans: number
  infinities: number
}

/** A run as the API shows it. */
export interface RunView {
  id: string
  ref: string
  url: string
  project: string
  number: number
  name: string | null
  owner: string | null
  status: RunStatus
  source: string
  starred: boolean
  /** Given by reactions or over HTTP; `tag:keep` finds them like tags. */
  labels: string[]
  /** Why the run is on no board, who said so and when; null for a run that counts. */
  invalid: { reason: string; by: string; at: string } | null
  seed: string | null
  group: string | null
  params: Record<string, ParamValue>
  metrics: Record<string, MetricView>
  tags: Record<string, string>
  code: {
    repo: string | null
    commit: string | null
    branch: string | null
    dirty: boolean | null
    patch_hash: string | null
  }
  data: { name: string; version: string; path: string | null; url: string | null }[]
  env: Record<string, unknown>
  command: string | null
  heartbeat_s: number | null
  fingerprint: string | null
  /** The fingerprint without the seed: equal for runs that differ by chance alone. */
  seed_group: string | null
  /** Which inputs the run did not tell: of 'code', 'data', 'params', 'seed', 'env', 'command'. */
  missing: string[]
  started_at: string
  ended_at: string | null
  last_write_at: string
  /** Points that were sent again exactly, and count once. */
  repeated_points: number
}
