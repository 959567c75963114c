import type { Json } from './columns.ts'

export interface ChartsTables {
  charts: ChartsTable
  chart_files: ChartFilesTable
}

/** A chart's data and its picture once drawn; each may be there without the other. */
interface ChartsTable {
  hash: string
  chart: Json<unknown> | null
  png: Buffer | null
  used_at: Date
}

/** A picture that was uploaded to a chat workspace. */
interface ChartFilesTable {
  workspace: string
  hash: string
  /** The platform's id of the file. */
  file: string
  /** Whether the platform has said that it can be shown. */
  usable: boolean
  uploaded_at: Date
}
