import { sql, type Transaction } from 'kysely'
import type { Database } from '../../../db/tables.ts'
import type { Events, SetRecord } from '../../../events.ts'
import type { Message } from '../../../messages/model.ts'
import { readMessage } from '../../../messages/stored.ts'

/** One record in a new-best message. */
export interface PostedRecord {
  runId: string
  value: number
  step: number | string | null
  previous: SetRecord['previous']
  at: string
}

/** What the episode of a new-best message stores as its members. */
export interface RecordMembers {
  /** Ascending from the first to the best: each record beats the one before it, in any order of handling. */
  records: PostedRecord[]
  beatenBy: PostedRecord | null
}

/** The records of one metric in one message. */
export interface PostedMetric extends RecordMembers {
  metricId: number
}

/** The ids, among the given ones, of runs that are invalid. */
export async function areInvalid(
  trx: Transaction<Database>,
  projectId: number,
  runIds: string[],
): Promise<Set<string>> {
  if (runIds.length === 0) return new Set()
  const rows = await trx
    .selectFrom('runs')
    .select('id')
    .where('project_id', '=', projectId)
    .where('id', '=', sql<string>`any(${runIds}::uuid[])`)
    .where('invalidated_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** The project of a run. Undefined when the run is invalid now or deleted, and its records must not be posted. */
export async function projectOfValidRun(
  trx: Transaction<Database>,
  { projectId, runId }: { projectId: number; runId: string },
): Promise<{ id: number; name: string } | undefined> {
  return await trx
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .select(['projects.id', 'projects.name'])
    .where('runs.project_id', '=', projectId)
    .where('runs.id', '=', sql<string>`${runId}::uuid`)
    .where('runs.invalidated_at', 'is', null)
    .executeTakeFirst()
}

/**
 * The messages of a rule that name a run: as a record, as the value that a record beat, or as the one that beat a
 * record. For a run that is valid again, also the messages that were written while it was invalid.
 */
export async function postsNaming(
  trx: Transaction<Database>,
  rule: string,
  { projectId, runId, since }: Events['run.validity'],
): Promise<{ id: number; channelId: number; message: Message }[]> {
  const own = JSON.stringify([{ runId }])
  const previous = JSON.stringify([{ previous: { runId } }])
  const meanwhile =
    since === null
      ? sql`false`
      : sql`(episode.opened_at >= ${since}::timestamptz
          or (episode.members -> 'beatenBy' ->> 'at')::timestamptz >= ${since}::timestamptz)`
  const { rows } = await sql<{ id: number; channel_id: number; message: unknown }>`
    select delivery.id, delivery.channel_id, delivery.message from deliveries delivery
    where delivery.status <> 'failed' and delivery.id in (
      select episode.delivery_id from episodes episode
      where episode.project_id = ${projectId} and episode.rule = ${rule} and episode.key in (
          select metric_id::text from metric_summaries where project_id = ${projectId} and run_id = ${runId}::uuid)
        and (episode.members -> 'records' @> ${own}::jsonb or episode.members -> 'records' @> ${previous}::jsonb
          or episode.members -> 'beatenBy' ->> 'runId' = ${runId} or ${meanwhile}))
    order by delivery.id`.execute(trx)
  return rows.map(({ id, channel_id, message }) => ({
    id,
    channelId: channel_id,
    message: readMessage(message),
  }))
}
