import type { Kysely } from 'kysely'
import type { Database } from '../../db/tables.ts'
import { readMetricIds } from './ensure-metrics.ts'

const MAX_REMEMBERED = 200_000

/**
 * Ids of metrics by name, remembered by a process: an id never changes. Only ids that were read as committed are
 * remembered, so that no point is logged under an id that a rollback takes back.
 */
export interface MetricIds {
  /** @returns name to id; names that are not defined are missing */
  find(db: Kysely<Database>, projectId: number, names: string[]): Promise<Map<string, number>>
  /** The same without a look at the database; undefined unless all are remembered. */
  remembered(projectId: number, names: string[]): Map<string, number> | undefined
}

export function createMetricIds(): MetricIds {
  const projects = new Map<number, Map<string, number>>()
  let size = 0
  const remember = (projectId: number, name: string, id: number) => {
    if (size >= MAX_REMEMBERED) {
      projects.clear()
      size = 0
    }
    let known = projects.get(projectId)
    if (known === undefined) projects.set(projectId, (known = new Map()))
    if (!known.has(name)) size += 1
    known.set(name, id)
  }
  const remembered = (projectId: number, names: string[]) => {
    const known = projects.get(projectId)
    const ids = new Map<string, number>()
    for (const name of names) {
      const id = known?.get(name)
      if (id === undefined) return undefined
      ids.set(name, id)
    }
    return ids
  }
  return {
    remembered,
    find: async (db, projectId, names) => {
      const known = remembered(projectId, names)
      if (known !== undefined) return known
      const rows = await readMetricIds(
        db,
        names.map((name) => ({ projectId, name })),
      )
      for (const { name, id } of rows) remember(projectId, name, id)
      return new Map(rows.map(({ name, id }) => [name, id]))
    },
  }
}
