/**
 * Every job by name with its payload. Payloads only name rows: the truth stays in Postgres, so a lost or doubled
 * job changes nothing. Fields added later are optional, because jobs of the former release may still be queued.
 */
export interface JobPayloads {
  /** One outbox row to be handled. */
  event: { outboxId: number }
  /** Everything due in one channel, in order. */
  drain: { channelId: number }
  /** Small rows of points to be put together; asks for itself again while there are more. */
  compact: Record<string, never>
  /** What has served its time goes, a bounded piece of it; asks for itself again while there is more. */
  sweep: Record<string, never>
  /** The net under everything: whatever is due and was not woken otherwise. */
  tick: Record<string, never>
}

export type JobName = keyof JobPayloads

export type JobHandlers = { [N in JobName]: (payload: JobPayloads[N]) => Promise<void> }

export const QUEUE = 'expediter'
