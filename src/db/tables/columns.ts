import type { ColumnType } from 'kysely'
import type { Step } from '../step.ts'

/** jsonb: read as the value that was stored, written as JSON text. */
export type Json<T> = ColumnType<T, string, string>
/** A 64-bit step, see step.ts. */
export type StepColumn = ColumnType<Step, Step | string, Step | string>
