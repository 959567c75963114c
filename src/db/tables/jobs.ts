import type { Generated } from 'kysely'
import type { Json } from './columns.ts'

export type ChoreName = 'prune'

export interface JobsTables {
  outbox: OutboxTable
  chores: ChoresTable
}

/** Events that were committed and not handled yet, see events.ts. */
interface OutboxTable {
  id: Generated<number>
  topic: string
  payload: Json<unknown>
  created_at: Date
  lease_until: Date | null
  attempts: Generated<number>
  last_error: string | null
  /** Set while no running release is known to have a handler for the topic. */
  parked_at: Date | null
}

/** Recurring jobs, one row each, leased to one process at a time. */
interface ChoresTable {
  name: ChoreName
  /** Free to be leased from this time on; the lease and the end of the work move it on. */
  due_at: Date
}
