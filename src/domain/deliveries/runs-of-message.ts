import { sql } from 'kysely'
import type { Ctx } from '../../context.ts'
import type { Platform } from '../../db/tables.ts'
import type { Message } from '../../messages/model.ts'

/** A message of ours by the platform's ids; a Discord thread's channel is the one that it stands in. */
export interface SentMessage {
  platform: Platform
  workspace: string
  channel: string
  message: string
}

export interface RunsOfMessage {
  projectId: number
  /** The one that a reply or a reaction annotates first. */
  runIds: string[]
  /** The message's address, where the platform gave one. */
  url: string | null
}

/**
 * The runs that a message of ours is about; undefined for a message that is not ours or is about none. A reply of
 * ours in a thread counts as the message that it stands under.
 */
export async function runsOfMessage(
  ctx: Pick<Ctx, 'db'>,
  { platform, workspace, channel, message }: SentMessage,
): Promise<RunsOfMessage | undefined> {
  const sent = await ctx.db
    .selectFrom('deliveries as own')
    .innerJoin('channels', 'channels.id', 'own.channel_id')
    .leftJoin('deliveries as parent', 'parent.id', 'own.parent_id')
    .select(['own.message', 'own.subject', 'own.url', 'parent.message as parent'])
    .where('channels.platform', '=', platform)
    .where('channels.workspace', '=', workspace)
    .where('channels.channel', '=', channel)
    .where('own.external_id', '=', message)
    .limit(1)
    .executeTakeFirst()
  if (sent === undefined) return undefined
  const { about } = (sent.parent ?? sent.message) as Message
  const ids = about ?? sent.subject.match(/(?<=^run:)[0-9a-f]{32}$/) ?? []
  const found = await existing(ctx, [...ids])
  const [first] = found
  if (first === undefined) return undefined
  const own = found.filter(({ project_id }) => project_id === first.project_id)
  return { projectId: first.project_id, runIds: own.map(({ id }) => id), url: sent.url }
}

/** The runs that are still there, in the order of their ids' list. */
async function existing(ctx: Pick<Ctx, 'db'>, ids: string[]): Promise<{ id: string; project_id: number }[]> {
  if (ids.length === 0) return []
  const rows = await ctx.db
    .selectFrom('runs')
    .select(['id', 'project_id'])
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
  return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
}
