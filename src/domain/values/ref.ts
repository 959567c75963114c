import { type RawBuilder, sql } from 'kysely'

/** How people name a run: 'churn#142'; a number from a URL may be text. `parseRunRef` parses it. */
export function refOf(project: string, number: number | string): string {
  return `${project}#${number}`
}

/** The same in SQL, of rows `project` and `run`. */
export const REF_TEXT = `project.name || '#' || run.number`

/** REF_TEXT for a query of Kysely. */
export const refSql: RawBuilder<string> = sql.raw(REF_TEXT)
