/**
 * Every job by name with its payload. Payloads only name rows: the truth stays in Postgres, so a lost or doubled
 * job changes nothing. Fields added later are optional, because jobs of the former release may still be queued.
 */
export interface JobPayloads {
  /** One outbox row to be handled. */
  event: { outboxId: number }
  /** Everything due in one channel, in order. */
  drain: { channelId: number }
  /** Merges small chunks of points; adds itself again while there are more. */
  compact: Record<string, never>
  /** Deletes expired rows, a bounded number of them; adds itself again while there are more. */
  prune: Record<string, never>
  /** Safety poll: starts work that no event or timer started. */
  tick: Record<string, never>
}

export type JobName = keyof JobPayloads

export type JobHandlers = { [N in JobName]: (payload: JobPayloads[N]) => Promise<void> }

/** Names of the former release. */
const FORMER_NAMES: Record<string, JobName> = { sweep: 'prune' }

/** The name of a queued job in this release: jobs of the former release may still be queued. */
export function currentName(queued: string): JobName {
  return FORMER_NAMES[queued] ?? (queued as JobName)
}
