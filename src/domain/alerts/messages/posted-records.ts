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

/** What the episode of a record's post remembers. */
export interface RecordMembers {
  /** From the first to the best: each beat the one before it, in any order of handling. */
  records: PostedRecord[]
  beatenBy: PostedRecord | null
}

/** What one message says of one metric. */
export interface PostedMetric extends RecordMembers {
  metricId: number
}

/** Those of some runs that were made invalid. */
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

/** The project of a run; undefined for a run that is invalid by now, or gone: its records are not posted. */
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
 * The messages of a rule that name a run among their records, as a record, as what one beat or as what beat one; of a
 * run that is valid again also those that were written while it was not.
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
