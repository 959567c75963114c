import { sql, type Transaction } from 'kysely'
import type { Database, DeliveryStatus, EpisodeState } from '../../../db/tables.ts'
import type { Message } from '../../../messages/model.ts'
import { readMessage } from '../../../messages/stored.ts'

/** One firing of a rule for a key of a project, in one channel, with its message. */
export interface Episode<M> {
  id: number
  key: string
  projectId: number
  channelId: number
  openUntil: Date
  members: M
  state: EpisodeState
  delivery: {
    id: number
    subject: string
    status: DeliveryStatus
    edits: number
    editDueAt: Date | null
    message: Message
  }
}

/** The number of newest episodes in which a rule looks for one that still counts. */
const NEWEST_LIMIT = 10

/** The newest episodes of a key in a channel, newest first. Those whose message failed to be posted are left out. */
export async function newestEpisodes<M>(
  trx: Transaction<Database>,
  rule: string,
  projectId: number,
  key: string,
  channelId: number,
): Promise<Episode<M>[]> {
  const rows = await episodes(trx)
    .where('episodes.project_id', '=', projectId)
    .where('episodes.rule', '=', rule)
    .where('episodes.key', '=', key)
    .where('episodes.channel_id', '=', channelId)
    .orderBy('episodes.delivery_id', 'desc')
    .limit(NEWEST_LIMIT)
    .execute()
  return rows.map((row) => episodeOf<M>(row))
}

/** The episodes of a key that fire now, in all channels. */
export async function firingEpisodes<M>(
  trx: Transaction<Database>,
  rule: string,
  projectId: number,
  key: string,
): Promise<Episode<M>[]> {
  const rows = await episodes(trx)
    .where('episodes.project_id', '=', projectId)
    .where('episodes.rule', '=', rule)
    .where('episodes.key', '=', key)
    .where('episodes.state', '=', 'firing')
    .orderBy('episodes.id')
    .execute()
  return rows.map((row) => episodeOf<M>(row))
}

/** The episodes of one message, in the order in which they were added. */
export async function episodesOf<M>(trx: Transaction<Database>, deliveryId: number): Promise<Episode<M>[]> {
  const rows = await episodes(trx)
    .where('episodes.delivery_id', '=', deliveryId)
    .orderBy('episodes.id')
    .execute()
  return rows.map((row) => episodeOf<M>(row))
}

/** The id for a new episode, because its delivery's state contains it before the episode is stored. */
export async function nextEpisodeId(trx: Transaction<Database>): Promise<number> {
  const { rows } = await sql<{
    id: number
  }>`select nextval(pg_get_serial_sequence('episodes', 'id')) as id`.execute(trx)
  const [row] = rows
  if (row === undefined) throw new Error('nextval answers a row')
  return row.id
}

export async function insertEpisode(
  trx: Transaction<Database>,
  episode: {
    id?: number | undefined
    rule: string
    projectId: number
    key: string
    channelId: number
    deliveryId: number
    openedAt: Date
    openUntil: Date
    members: unknown
    state: EpisodeState
  },
): Promise<void> {
  await trx
    .insertInto('episodes')
    .values({
      ...(episode.id === undefined ? {} : { id: episode.id }),
      rule: episode.rule,
      project_id: episode.projectId,
      key: episode.key,
      channel_id: episode.channelId,
      delivery_id: episode.deliveryId,
      opened_at: episode.openedAt,
      open_until: episode.openUntil,
      members: JSON.stringify(episode.members),
      state: episode.state,
    })
    .execute()
}

export async function updateEpisode(
  trx: Transaction<Database>,
  id: number,
  { members, openUntil, state }: { members?: unknown; openUntil?: Date; state?: EpisodeState },
): Promise<void> {
  await trx
    .updateTable('episodes')
    .set({
      ...(members === undefined ? {} : { members: JSON.stringify(members) }),
      ...(openUntil === undefined ? {} : { open_until: openUntil }),
      ...(state === undefined ? {} : { state }),
    })
    .where('id', '=', id)
    .execute()
}

function episodes(trx: Transaction<Database>) {
  return trx
    .selectFrom('episodes')
    .innerJoin('deliveries', 'deliveries.id', 'episodes.delivery_id')
    .select(['episodes.id', 'episodes.key', 'episodes.project_id', 'episodes.channel_id'])
    .select(['episodes.open_until', 'episodes.members', 'episodes.state', 'episodes.delivery_id'])
    .select(['deliveries.subject', 'deliveries.status', 'deliveries.edits', 'deliveries.edit_due_at'])
    .select('deliveries.message')
    .where('deliveries.status', '!=', 'failed')
}

type EpisodeRead = Awaited<ReturnType<ReturnType<typeof episodes>['execute']>>[number]

function episodeOf<M>(row: EpisodeRead): Episode<M> {
  return {
    id: row.id,
    key: row.key,
    projectId: row.project_id,
    channelId: row.channel_id,
    openUntil: row.open_until,
    members: row.members as M,
    state: row.state,
    delivery: {
      id: row.delivery_id,
      subject: row.subject,
      status: row.status,
      edits: row.edits,
      editDueAt: row.edit_due_at,
      message: readMessage(row.message),
    },
  }
}
