import type { Generated, JSONColumnType, Selectable } from 'kysely'
import type { Json } from './columns.ts'

export type RunStatus = 'running' | 'finished' | 'failed' | 'killed' | 'lost'
export type ParamValue = string | number | boolean | null | ParamValue[] | { [key: string]: ParamValue }

export interface RunsTables {
  projects: ProjectsTable
  runs: RunsTable
  run_params: RunParamsTable
  param_names: ParamNamesTable
  run_tags: RunTagsTable
  run_data: RunDataTable
  run_logs: RunLogsTable
}

export type RunRow = Selectable<RunsTable>

/** The primary key of a run. */
export interface RunKey {
  projectId: number
  runId: string
}

interface ProjectsTable {
  id: Generated<number>
  name: string
  next_run_number: Generated<number>
  created_at: Date
}

interface RunsTable {
  project_id: number
  id: string
  number: number
  name: string | null
  owner: string | null
  status: RunStatus
  source: Generated<string>
  seed: string | null
  /** The run's group: `group` in a POST and in a query. */
  sweep: string | null
  fingerprint: string | null
  seed_group: string | null
  code_repo: string | null
  code_commit: string | null
  code_branch: string | null
  code_dirty: boolean | null
  code_patch_hash: string | null
  env: JSONColumnType<Record<string, unknown>, string | undefined, string>
  command: string | null
  heartbeat_s: number | null
  starred: Generated<boolean>
  invalidated_at: Date | null
  invalidated_by: string | null
  invalid_reason: string | null
  started_at: Date
  ended_at: Date | null
  last_write_at: Date
  created_at: Date
  /** Points that came again exactly, and were counted once. */
  repeated_points: Generated<number>
}

interface RunParamsTable {
  project_id: number
  run_id: string
  name: string
  value: Json<ParamValue>
  /** The value when it parses as a finite number, of any JSON type: MLflow sends text. */
  number: number | null
}

/** The names of all params in a project's runs: to tell params from metrics and to suggest names without reading runs. */
interface ParamNamesTable {
  project_id: number
  name: string
}

interface RunTagsTable {
  project_id: number
  run_id: string
  key: string
  value: string
}

interface RunDataTable {
  project_id: number
  run_id: string
  name: string
  version: string
  path: string | null
  url: string | null
}

interface RunLogsTable {
  project_id: number
  run_id: string
  id: Generated<number>
  lines: string[]
  created_at: Date
}
